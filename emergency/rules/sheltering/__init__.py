"""Who goes to which shelter (避难场所), how long leaving takes, and what is handed to each block on paper."""

"""The pages of data officers about components: register, reviews, recurring damage, surveys, imports."""

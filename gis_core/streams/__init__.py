"""Moving pictures of others, fetched for our own browsers: bounded requests, playlists, sealed addresses."""

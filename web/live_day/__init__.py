"""A believable day, played against a running server through its public interfaces (`citygrid demo live`)."""

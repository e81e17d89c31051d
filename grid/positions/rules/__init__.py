"""Which positions are taken and what they mean; decides and touches nothing."""

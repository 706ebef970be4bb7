"""The `orienta` command, on top of everything: it puts the parts together and starts them."""

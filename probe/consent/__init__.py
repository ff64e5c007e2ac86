"""Nothing is sent before a person said yes to the risks, and nothing that could name them."""

"""The story of an abandoned cart, played on a live stack: seven shoppers, and what the hub does for each."""

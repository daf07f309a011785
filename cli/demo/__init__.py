"""The story of an abandoned cart, played on a live stack: eight shoppers, and what the hub does for each."""

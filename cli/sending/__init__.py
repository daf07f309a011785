"""Sending files of messages: read, batch, pace, post, and know where one stopped."""

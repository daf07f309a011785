"""Files of past events, read and put in order of event time."""

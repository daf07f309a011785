"""The vendor sandbox: one small HTTP server that plays every vendor, on loopback only."""

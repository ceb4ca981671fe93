"""What the end-to-end tests stand on: the gateway and simulated providers as real processes on real ports."""

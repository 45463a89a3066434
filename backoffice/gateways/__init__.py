"""Outside services behind Protocols: plain values in, plain values out, no models."""

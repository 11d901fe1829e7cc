"""Policy. Pure: no clock, randomness, environment, logger, session or bytes. Facts in, decisions out."""

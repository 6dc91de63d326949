"""The lane under millions of random facts."""

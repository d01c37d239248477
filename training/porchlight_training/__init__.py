"""Training of Porchlight's default model: see the README beside this package."""

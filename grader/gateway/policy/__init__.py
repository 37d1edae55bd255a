"""Pure decisions on typed bodies, no input or output: what goes to the engine, what is refused."""

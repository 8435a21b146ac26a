"""Other houses' labelling tools: what the machine says goes out, what people say comes in."""

"""How each kind of correspondent is treated: one file a lane, chosen by `decide.decide_message`."""

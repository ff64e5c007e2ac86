"""`anyqta demo`: a pretend Internet with a pretend censor, all of it on 127.0.0.1."""

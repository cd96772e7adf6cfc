"""How each kind of drift is put right."""

"""Clinical notes: tables of them to text that a model can be trained on."""

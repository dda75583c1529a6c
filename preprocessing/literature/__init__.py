"""Papers of PubMed and PubMed Central to sentences, one a line."""

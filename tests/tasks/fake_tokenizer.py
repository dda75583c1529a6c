"""A tokenizer that needs no vocabulary: three characters make a piece."""


class FakeTokenizer:
    pad_id, unk_id, cls_id, sep_id = 0, 1, 2, 3

    def encode_word(self, word):
        word = "".join(c for c in word if c.isprintable())
        parts = [word[i : i + 3] for i in range(0, len(word), 3)]
        return [10 + sum(map(ord, part)) for part in parts]

    def encode(self, text):
        return [i for word in text.split() for i in self.encode_word(word)]

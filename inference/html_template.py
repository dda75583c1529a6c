"""The fixed parts of predictions.html: its frame, its style, its script.

The page loads nothing: a content security policy forbids what is not in the
file, and any script but ours (its hash is in the policy), so that no text of a
document can act even if its markup should ever be let through.
"""

from __future__ import annotations

import base64
import hashlib

STYLE = """
:root {
  color-scheme: light dark;
  --page: #fbfaf8; --sheet: #ffffff; --ink: #26262a; --quiet: #66666e;
  --rule: #e4e2dd; --link: #1f5fa8; --notice: #fdf3d8; --on-mark: #1c1c1e;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #17181b; --sheet: #1f2024; --ink: #dcdce0; --quiet: #9b9ba4;
    --rule: #34353b; --link: #8dbdf5; --notice: #3a3220;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0; background: var(--page); color: var(--ink);
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans",
    "Liberation Sans", sans-serif;
}
header, main, footer { max-width: 56rem; margin: 0 auto; padding: 0 1.25rem; }
header { padding-top: 2rem; }
h1 { font-size: 1.5rem; font-weight: 600; margin: 0; overflow-wrap: anywhere; }
p { margin: .35rem 0; }
.summary, .count, .none, footer { color: var(--quiet); }
.notice {
  background: var(--notice); border-radius: .4rem; padding: .6rem .9rem;
  margin-top: .9rem;
}
a { color: var(--link); }
.types {
  position: sticky; top: 0; z-index: 1; background: var(--page);
  border-bottom: 1px solid var(--rule); margin-top: 1rem;
}
.types fieldset {
  border: 0; margin: 0 auto; max-width: 56rem; padding: .75rem 1.25rem;
  display: flex; flex-wrap: wrap; gap: .4rem .5rem; align-items: center;
  max-height: 30vh; overflow-y: auto;
}
.types legend { position: absolute; left: -100vw; }
.types label {
  display: inline-flex; align-items: center; gap: .4rem; cursor: pointer;
  border: 1px solid var(--rule); border-radius: 1rem; background: var(--sheet);
  padding: .1rem .7rem .1rem .45rem; font-size: .875rem;
}
.types input { margin: 0; accent-color: var(--quiet); }
.types label:has(:focus-visible), button:focus-visible, a:focus-visible {
  outline: 2px solid var(--link); outline-offset: 2px;
}
.swatch {
  width: .8rem; height: .8rem; border-radius: .2rem;
  background: var(--paper); border: 1px solid var(--line);
}
.count { font-variant-numeric: tabular-nums; }
button {
  font: inherit; font-size: .875rem; color: var(--link); background: none;
  border: 0; padding: .1rem .3rem; cursor: pointer;
}
.options { margin-left: auto; display: flex; flex-wrap: wrap; gap: .4rem; }
article {
  background: var(--sheet); border: 1px solid var(--rule);
  border-radius: .6rem; margin: 1.25rem 0; padding: 1rem 1.4rem 1.3rem;
}
h2 {
  font-size: 1rem; font-weight: 600; margin: 0 0 .6rem; overflow-wrap: anywhere;
  padding-bottom: .5rem; border-bottom: 1px solid var(--rule);
}
h2 .count { font-weight: 400; margin-left: .5rem; }
.text {
  white-space: pre-wrap; overflow-wrap: anywhere; line-height: 1.75;
  font-family: Charter, "Bitstream Charter", "Source Serif 4", Georgia,
    "Noto Serif", "Liberation Serif", serif;
  font-size: 1.0625rem; unicode-bidi: isolate;
}
.more { color: var(--quiet); margin-top: .8rem; }
mark {
  background: var(--paper); color: var(--on-mark); border-radius: .25rem;
  padding: .1rem .2rem; box-decoration-break: clone;
  -webkit-box-decoration-break: clone;
}
mark::after {
  content: attr(data-type); color: var(--line); margin-left: .35em;
  font: 600 .62em/1 system-ui, sans-serif; letter-spacing: .02em;
  vertical-align: .12em; white-space: nowrap;
}
.probabilities mark::after { content: attr(data-type) " " attr(data-p); }
.plain mark::after { content: none; }
.plain.probabilities mark::after { content: attr(data-p); }
footer { font-size: .875rem; padding-bottom: 3rem; }
@media print {
  .types { position: static; }
  mark, .swatch {
    print-color-adjust: exact; -webkit-print-color-adjust: exact;
  }
}
"""

SCRIPT = """
(() => {
  const main = document.querySelector("main");
  const types = [...document.querySelectorAll("input[name=type]")];
  const show = (box) =>
    main.classList.toggle("hide-" + box.value, !box.checked);
  const showAll = (value) => {
    for (const box of types) {
      box.checked = value;
      show(box);
    }
  };
  const option = (id, name, when) => {
    const box = document.getElementById(id);
    const apply = () => main.classList.toggle(name, box.checked === when);
    box.addEventListener("change", apply);
    apply();
  };
  const button = (id, act) =>
    document.getElementById(id).addEventListener("click", act);
  for (const box of types) {
    box.addEventListener("change", () => show(box));
    show(box);  // browsers keep a form's state over a reload
  }
  button("all", () => showAll(true));
  button("none", () => showAll(false));
  option("names", "plain", false);
  option("probabilities", "probabilities", true);
  document.documentElement.dataset.ready = "yes";
})();
"""

_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
{body}
<script>{script}</script>
</body>
</html>
"""


def fill(*, title: str, body: str, style: str) -> str:
    """Returns a whole page.

    Args:
      title: escaped.
      body: markup.
      style: rules that follow STYLE.
    """
    style = STYLE + style
    policy = (
        f"default-src 'none'; style-src '{_hash(style)}'; "
        f"script-src '{_hash(SCRIPT)}'; base-uri 'none'; form-action 'none'"
    )
    return _PAGE.format(
        policy=policy, title=title, style=style, body=body, script=SCRIPT
    )


def _hash(text: str) -> str:
    digest = hashlib.sha256(text.encode()).digest()
    return f"sha256-{base64.b64encode(digest).decode('ascii')}"

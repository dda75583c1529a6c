(() => {
  const shown = (list) => [...list.children].filter((item) => !item.hidden);

  const setUp = (box) => {
    const list = box.querySelector(".sentences");
    const kinds = [...box.querySelectorAll("input[type=checkbox]")];
    const type = box.querySelector("select");
    const count = box.querySelector("output");
    let current = null;

    const tell = () => {
      const items = shown(list);
      const place = items.indexOf(current);
      const many = `${items.length} sentence${items.length === 1 ? "" : "s"}`;
      count.textContent = place < 0 ? many : `${place + 1} of ${many}`;
    };
    const filter = () => {
      const wanted = new Set(kinds.filter((k) => k.checked).map((k) => k.value));
      for (const item of list.children) {
        const pairs = item.dataset.pairs ? item.dataset.pairs.split("\n") : [];
        item.hidden = type && type.value
          ? !pairs.some((pair) => {
              const at = pair.indexOf("|");
              return wanted.has(pair.slice(0, at)) &&
                pair.slice(at + 1) === type.value;
            })
          : !item.dataset.kinds.split(" ").some((kind) => wanted.has(kind));
      }
      if (current && current.hidden) current = null;
      tell();
    };
    const walk = (by) => {
      const items = shown(list);
      if (!items.length) return;
      const from = items.indexOf(current);
      const to = from < 0 ? (by > 0 ? 0 : items.length - 1) : from + by;
      current = items[(to + items.length) % items.length];
      current.focus({ preventScroll: true });
      const top = current.offsetTop - list.offsetTop;
      if (top < list.scrollTop ||
          top + current.offsetHeight > list.scrollTop + list.clientHeight) {
        list.scrollTop = top;
      }
      tell();
    };

    for (const kind of kinds) kind.addEventListener("change", filter);
    if (type) type.addEventListener("change", filter);
    box.querySelector(".next").addEventListener("click", () => walk(1));
    box.querySelector(".previous").addEventListener("click", () => walk(-1));
    box.querySelector("form").addEventListener("submit", (event) =>
      event.preventDefault());
    list.addEventListener("focusin", (event) => {
      current = event.target.closest("li") || current;
      tell();
    });
    box.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.altKey || event.metaKey) return;
      if (event.target.tagName === "SELECT") return;
      const by = { j: 1, k: -1 }[event.key];
      if (!by) return;
      event.preventDefault();
      walk(by);
    });
    filter();  // browsers keep a form's state over a reload
  };
  for (const box of document.querySelectorAll(".errors")) setUp(box);

  // What scrolls must be reached by the keyboard, and nothing else.
  const scrolls = () => {
    for (const box of document.querySelectorAll(".scroll, .sentences")) {
      const can = box.scrollWidth > box.clientWidth ||
        box.scrollHeight > box.clientHeight + 1;
      if (can) box.tabIndex = 0;
      else box.removeAttribute("tabindex");
    }
  };
  addEventListener("resize", scrolls);
  document.addEventListener("toggle", scrolls, true);
  scrolls();

  let opened = [];
  addEventListener("beforeprint", () => {
    opened = [...document.querySelectorAll("details.print:not([open])")];
    for (const part of opened) part.open = true;
  });
  addEventListener("afterprint", () => {
    for (const part of opened) part.open = false;
  });

  // A link into what is folded opens it.
  const reveal = () => {
    const target = document.getElementById(location.hash.slice(1));
    const folded = target && target.closest("details");
    if (folded) folded.open = true;
  };
  addEventListener("hashchange", reveal);
  reveal();
  document.documentElement.dataset.ready = "yes";
})();

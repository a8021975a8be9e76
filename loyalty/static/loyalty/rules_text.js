"use strict";
// The JSON tab of the desk where rules are written: a text with numbered lines, on which mistakes are marked where they
// stand. What is right the server says; here only the place of each pointer is found.
window.rulesDesk = window.rulesDesk || {};
(() => {
  // Where each value of a JSON text begins, by its pointer. The text is one that JSON.parse can read.
  function placesOf(text) {
    const found = new Map();
    let at = 0;
    const blank = () => { while (/\s/.test(text[at] || "")) at += 1; };
    const word = () => {
      const start = at;
      for (at += 1; text[at] !== "\""; at += 1) if (text[at] === "\\") at += 1;
      at += 1;
      return JSON.parse(text.slice(start, at));
    };
    const value = (pointer) => {
      blank();
      found.set(pointer, at);
      if (text[at] === "\"") { word(); return; }
      if (text[at] !== "{" && text[at] !== "[") { while (at < text.length && !/[,\]}\s]/.test(text[at])) at += 1; return; }
      const isList = text[at] === "[", end = isList ? "]" : "}";
      at += 1; blank();
      for (let index = 0; text[at] !== end; index += 1) {
        let name = String(index);
        if (!isList) { name = word(); blank(); at += 1; }
        value(`${pointer}/${name.replaceAll("~", "~0").replaceAll("/", "~1")}`);
        blank();
        if (text[at] === ",") { at += 1; blank(); }
      }
      at += 1;
    };
    value("");
    return found;
  }

  // The longest beginning of a pointer that the text has, for what is missing has no place of its own.
  function placeOf(places, pointer) {
    for (let rest = pointer; ; rest = rest.slice(0, rest.lastIndexOf("/"))) {
      if (places.has(rest)) return places.get(rest);
      if (!rest) return 0;
    }
  }

  const lineOf = (text, offset) => text.slice(0, offset).split("\n").length;

  // The text with its lines and marks. `area` is the form's own field, which stays the one that is sent.
  class TextPane {
    constructor(area, onInput) {
      this.area = area;
      this.frame = document.createElement("div");
      this.frame.className = "desk-text";
      this.numbers = document.createElement("div");
      this.numbers.className = "desk-lines";
      this.numbers.setAttribute("aria-hidden", "true");
      this.marks = document.createElement("div");
      this.marks.className = "desk-marks";
      this.marks.setAttribute("aria-hidden", "true");
      area.replaceWith(this.frame);
      this.paper = document.createElement("div");
      this.paper.className = "desk-paper";
      this.paper.append(this.marks, area);
      this.frame.append(this.numbers, this.paper);
      area.setAttribute("wrap", "off");
      this.errors = [];
      area.addEventListener("input", () => { this.draw(); onInput(area.value); });
      area.addEventListener("scroll", () => this.scroll());
    }

    show(text) {
      if (this.area.value !== text) this.area.value = text;
      this.draw();
    }

    // Marks the lines of the mistakes; each gets to know its line.
    mark(errors) {
      let places = new Map([["", 0]]);
      try { JSON.parse(this.area.value); places = placesOf(this.area.value); } catch { /* the server says where it breaks off */ }
      for (const one of errors) {
        if (!one.line) one.line = lineOf(this.area.value, placeOf(places, one.pointer));
      }
      this.errors = errors;
      this.draw();
    }

    draw() {
      const count = this.area.value.split("\n").length;
      const wrong = new Set(this.errors.map((one) => one.line));
      if (this.numbers.childElementCount !== count) {
        this.numbers.replaceChildren(...Array.from({ length: count }, (_, index) => {
          const line = document.createElement("span");
          line.textContent = index + 1;
          return line;
        }));
      }
      for (const [index, line] of [...this.numbers.children].entries()) line.classList.toggle("wrong", wrong.has(index + 1));
      this.marks.replaceChildren(...[...wrong].map((line) => {
        const mark = document.createElement("i");
        mark.style.top = `calc(var(--text-top) + ${line - 1} * var(--text-line))`;
        return mark;
      }));
      this.scroll();
    }

    scroll() {
      this.numbers.style.transform = `translateY(${-this.area.scrollTop}px)`;
      this.marks.style.transform = `translateY(${-this.area.scrollTop}px)`;
    }

    // Puts the cursor where the mistake is.
    go(error) {
      const lines = this.area.value.split("\n");
      const start = lines.slice(0, error.line - 1).reduce((sum, line) => sum + line.length + 1, 0);
      this.area.focus();
      this.area.setSelectionRange(start, start + (lines[error.line - 1] || "").length);
      const height = Number.parseFloat(getComputedStyle(this.area).lineHeight) || 20;
      this.area.scrollTop = Math.max(0, (error.line - 4) * height);
    }
  }

  Object.assign(window.rulesDesk, { TextPane, placesOf });
})();

"use strict";
// The field at the counter has the focus whenever the page is there. The page is hidden until the portal's own script
// has begun, and what is hidden cannot be focused: so it is done again then.
(() => {
  const focus = () => {
    const field = document.querySelector("[autofocus]");
    if (field && [document.body, null].includes(document.activeElement)) field.focus();
  };
  document.addEventListener("alpine:initialized", () => requestAnimationFrame(focus));
  window.addEventListener("load", focus);
})();

// The till's page: what is typed, shown and pressed.
"use strict";
(() => {
  const at = (id) => document.getElementById(id);
  const AGAIN_MILLISECONDS = 30_000;
  const CLOCK_OFF_SECONDS = 60;
  const SHOWN_MAX = 100;
  const VERDICTS = {
    accepted: "Accepted", already_used: "Used elsewhere", expired_then: "Was over then", held: "Held for review",
    refused: "Refused",
  };
  let isSyncing = false;
  let hasLine = navigator.onLine;

  function say(box, kind, title, ...lines) {
    const head = document.createElement("h3");
    head.textContent = title;
    const told = lines.filter(Boolean).map((line) => {
      const paragraph = document.createElement("p");
      paragraph.textContent = line;
      return paragraph;
    });
    box.className = `result ${kind}`;
    box.replaceChildren(head, ...told);
  }

  const short = (subject) => subject.slice(-6);
  const time = (moment) => new Date(moment).toLocaleString("en-GB", { dateStyle: "medium", timeStyle: "short" });

  function showLine() {
    const isOn = navigator.onLine && hasLine;
    at("line").textContent = isOn ? "On line" : "Off line: goes on by itself";
    at("line").classList.toggle("on", isOn);
  }

  async function show() {
    const [till, offset, syncedAt, jwks, currency] = await Promise.all(
      ["till", "offset", "syncedAt", "jwks", "currency"].map(TillKeeping.setting));
    at("setup").hidden = Boolean(till);
    at("scan").hidden = at("waiting").hidden = !till;
    at("main").classList.toggle("two", Boolean(till));
    showLine();
    if (!till) return;
    at("till-name").textContent = till.name;
    at("order-currency").textContent = currency ? `(${currency})` : "";
    const off = Math.round(Math.abs(offset || 0) / 1000);
    at("clock").hidden = off <= CLOCK_OFF_SECONDS;
    at("clock").textContent = `This till's clock is ${off} seconds ${offset > 0 ? "behind" : "ahead"}. Please set it right.`;
    at("about").textContent = `${till.name}, brand ${till.brand_code}, id ${till.id}. Keys of ${time(jwks.at)}. `
      + (syncedAt ? `Last sync ${time(syncedAt)}. ` : "Not synced yet. ")
      + `Without a line it redeems ${till.offline_max} a day.`;
    await showQueue();
  }

  async function showQueue() {
    const entries = (await TillKeeping.queue()).reverse();
    const unsent = entries.filter(TillQueue.isUnsent).length;
    at("counts").textContent = entries.length ? `${unsent} waiting, ${entries.length - unsent} sent` : "Nothing yet.";
    at("queue").replaceChildren(...entries.slice(0, SHOWN_MAX).map(line));
  }

  function line(entry) {
    const row = document.createElement("li");
    const part = (kind, text) => {
      const span = document.createElement("span");
      span.className = kind;
      span.textContent = text;
      row.append(span);
    };
    const verdict = entry.verdict;
    part("number", `#${entry.sequence}`);
    part("what", `Voucher …${short(entry.subject)}`);
    part(`state ${verdict ? verdict.verdict : "waiting"}`, verdict ? VERDICTS[verdict.verdict] : "Waiting");
    const off = verdict && verdict.discount ? `${verdict.discount} ${verdict.currency} off.` : "";
    part("why", [`${time(entry.item.scanned_at)}.`, off, verdict && verdict.detail].filter(Boolean).join(" "));
    return row;
  }

  async function sync(withHeld) {
    if (isSyncing || !await TillKeeping.setting("till")) return;
    isSyncing = true;
    at("sync").disabled = true;
    try {
      const judged = await TillQueue.sync({ withHeld });
      hasLine = true;
      at("sync-result").textContent = judged ? `Synced ${judged}.` : "Everything is synced.";
    } catch (error) {
      hasLine = !(error instanceof TillQueue.NoLine);
      at("sync-result").textContent = hasLine ? `Not synced: ${error.message}` : "No line. What is here waits, and is kept.";
    } finally {
      isSyncing = false;
      at("sync").disabled = false;
      await show();
    }
  }

  const hasUnsent = async () => (await TillKeeping.queue()).some(TillQueue.isUnsent);
  const syncIfDue = async () => { if (navigator.onLine && await hasUnsent()) await sync(false); };

  function order(form, currency) {
    const amount = form.amount.value.trim().replace(",", ".");
    const reference = form.reference.value.trim();
    return {
      ...(amount ? { order: { amount, currency } } : {}),
      ...(reference ? { reference } : {}),
    };
  }

  // A code may end with a blank, which is one of its characters.
  const bare = (text) => text.replace(/^\s+|[\r\n\t]+$/g, "");

  async function take(text) {
    const form = at("take");
    try {
      const currency = await TillKeeping.setting("currency");
      const { entry, twin } = await TillQueue.take(bare(text), {
        order: order(form, currency), issuer: document.body.dataset.issuer,
      });
      say(at("result"), twin ? "warn" : "good", "Redeem it", `Voucher …${short(entry.subject)} of ${entry.program}, number ${entry.sequence}.`,
        twin && `This till took the same voucher under number ${twin.sequence}. If it is good once only, this one will be refused.`);
      form.reset();
    } catch (error) {
      const title = error instanceof TillCodes.Refused ? "Do not redeem it" : "That did not work; do not redeem it";
      say(at("result"), "bad", title, error.message);
      at("code").select();
    }
    at("code").focus();
    await show();
    syncIfDue();
  }

  async function register(form) {
    const asked = Object.fromEntries([...new FormData(form)].map(([name, text]) => [name, text.trim()]));
    const box = at("setup-result");
    box.replaceChildren();
    try {
      await TillQueue.register(asked);
      form.reset();
      // Kept when the disk gets full, as far as the browser promises that.
      if (navigator.storage && navigator.storage.persist) navigator.storage.persist();
      await show();
      at("code").focus();
    } catch (error) {
      say(box, "bad", "Not registered", error.message);
    }
  }

  async function forget() {
    const warning = await hasUnsent() ? "Some vouchers have not been synced and would be lost. " : "";
    if (!window.confirm(`${warning}Forget this till, its key and its queue?`)) return;
    await TillKeeping.forget();
    window.location.reload();
  }

  // The camera, where the browser reads codes by itself.
  let stream = null;
  async function toggleCamera() {
    if (stream) return stopCamera();
    try {
      stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
    } catch {
      say(at("result"), "bad", "No camera", "The browser gives none. Use the field.");
      return;
    }
    at("picture").srcObject = stream;
    at("picture").hidden = false;
    at("camera").setAttribute("aria-pressed", "true");
    await at("picture").play();
    watch(new BarcodeDetector({ formats: ["qr_code"] }), "");
  }

  function stopCamera() {
    stream.getTracks().forEach((track) => track.stop());
    stream = null;
    at("picture").hidden = true;
    at("camera").setAttribute("aria-pressed", "false");
  }

  async function watch(detector, last) {
    if (!stream) return;
    const [found] = await detector.detect(at("picture")).catch(() => []);
    if (found && found.rawValue !== last) await take(found.rawValue);
    setTimeout(() => watch(detector, found ? found.rawValue : last), 250);
  }

  async function canSign() {
    try {
      await crypto.subtle.generateKey("Ed25519", false, ["sign", "verify"]);
      return Boolean(window.indexedDB && navigator.locks && navigator.serviceWorker);
    } catch {
      return false;
    }
  }

  async function begin() {
    if (!await canSign()) {
      at("unfit").hidden = false;
      return;
    }
    navigator.serviceWorker.register("/till-worker.js", { scope: "/till" });
    at("register").addEventListener("submit", (event) => { event.preventDefault(); register(event.target); });
    at("take").addEventListener("submit", (event) => { event.preventDefault(); take(at("code").value); });
    at("sync").addEventListener("click", () => sync(true));
    at("forget").addEventListener("click", forget);
    at("camera").hidden = !("BarcodeDetector" in window && navigator.mediaDevices);
    at("camera").addEventListener("click", toggleCamera);
    window.addEventListener("online", () => { hasLine = true; show(); syncIfDue(); });
    window.addEventListener("offline", showLine);
    setInterval(syncIfDue, AGAIN_MILLISECONDS);
    await show();
    await syncIfDue();
    document.documentElement.dataset.isReady = "yes";
  }

  begin();
})();

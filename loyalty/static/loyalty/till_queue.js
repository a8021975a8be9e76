// The till itself: registers with a key of its own, signs, counts and chains what it redeems, and brings it when there
// is a line. It touches no page.
"use strict";
const TillQueue = (() => {
  const SYNC_MAX = 100;
  const KEPT_SECONDS = 7 * 86400;
  const PURPOSE = "voucher";

  class NoLine extends Error {}

  const base64url = (bytes) => btoa(String.fromCharCode(...new Uint8Array(bytes)))
    .replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
  const utf8 = (text) => new TextEncoder().encode(text);
  const hex = (buffer) => [...new Uint8Array(buffer)].map((one) => one.toString(16).padStart(2, "0")).join("");
  // One tab at a time: two items under one number would put the till into quarantine.
  const alone = (name, act) => navigator.locks.request(`till-${name}`, act);

  // RFC 8785 for what an item is made of: text, whole numbers, objects, lists.
  function canonical(value) {
    if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
    if (value === null || typeof value !== "object") return JSON.stringify(value);
    const fields = Object.keys(value).sort().map((name) => `${JSON.stringify(name)}:${canonical(value[name])}`);
    return `{${fields.join(",")}}`;
  }

  async function ask(path, { body, apiKey } = {}) {
    const headers = { Accept: "application/json" };
    if (apiKey) headers.Authorization = `Api-Key ${apiKey}`;
    if (body) headers["Content-Type"] = "application/json";
    let response;
    try {
      response = await fetch(path, {
        method: body ? "POST" : "GET", headers, body: body && JSON.stringify(body), cache: "no-store",
        credentials: "omit",
      });
    } catch {
      throw new NoLine("There is no line.");
    }
    if (response.status >= 500 || response.status === 429) throw new NoLine(`The service is busy (${response.status}).`);
    const answer = await response.json();
    if (!response.ok) {
      const first = (answer.errors || [])[0];
      throw new TillCodes.Refused(answer.code, first ? `${first.pointer.slice(1)}: ${first.detail}` : answer.detail);
    }
    return answer;
  }

  async function ownKey() {
    const kept = await TillKeeping.setting("key");
    if (kept) return kept;
    const key = await crypto.subtle.generateKey("Ed25519", false, ["sign", "verify"]);
    await TillKeeping.keep({ key });
    return key;
  }

  async function register({ name, apiKey, location, currency }) {
    return alone("register", async () => {
      const key = await ownKey();
      const publicKey = base64url(await crypto.subtle.exportKey("raw", key.publicKey));
      const proof = base64url(await crypto.subtle.sign("Ed25519", key.privateKey, utf8(`LY1-TILL\n${publicKey}\n${name}`)));
      const body = { name, public_key: publicKey, proof };
      if (location) body.location_id = location;
      const till = await ask("/api/tills", { body, apiKey });
      await freshKeys();
      const chain = { sequence: till.last_sequence, digest: till.last_digest };
      await TillKeeping.keep({ till, apiKey, currency, chain });
      return till;
    });
  }

  async function freshKeys() {
    const { keys } = await ask("/.well-known/jwks.json");
    await TillKeeping.keep({ jwks: { keys, at: Date.now() } });
  }

  // By our clock, as far as the last talk with the service told how far the till's own is off.
  async function now() {
    return new Date(Date.now() + (await TillKeeping.setting("offset") || 0));
  }

  // Checks a code and, if it is good, queues it. Resolves once it is on the disk; throws Refused.
  async function take(text, { order = {}, issuer }) {
    return alone("queue", async () => {
      const [till, jwks, chain, key] = await Promise.all(["till", "jwks", "chain", "key"].map(TillKeeping.setting));
      const at = await now();
      const claims = await TillCodes.check(text, {
        keys: jwks.keys, issuer, audience: till.brand_code, purpose: PURPOSE, now: at,
      });
      const before = await TillKeeping.seen(claims.tokenId);
      if (before) throw new TillCodes.Refused("already-seen", `This till has taken this code before (number ${before.sequence}).`);
      const item = {
        device_id: till.id, sequence: chain.sequence + 1, previous: chain.digest, scanned_at: at.toISOString(),
        token: text, ...order,
      };
      const bytes = utf8(canonical(item));
      const digest = hex(await crypto.subtle.digest("SHA-256", bytes));
      const signature = base64url(await crypto.subtle.sign("Ed25519", key.privateKey, bytes));
      const twin = (await TillKeeping.queue()).find((one) => one.subject === claims.subject);
      const entry = { ...claims, sequence: item.sequence, item: { ...item, signature }, verdict: null };
      await TillKeeping.add(entry, { sequence: item.sequence, digest });
      return { entry, twin };
    });
  }

  const isUnsent = (entry) => !entry.verdict;
  const isOpen = (entry) => !entry.verdict || entry.verdict.verdict === "held";

  // Brings what is open and writes the verdicts down; those held are asked for again only when somebody presses.
  async function sync({ withHeld = false } = {}) {
    return alone("sync", async () => {
      const apiKey = await TillKeeping.setting("apiKey");
      await freshKeys();
      let entries = (await TillKeeping.queue()).filter(withHeld ? isOpen : isUnsent);
      const judged = entries.length;
      while (entries.length) {
        const part = entries.splice(0, SYNC_MAX);
        const asked = Date.now();
        const answer = await ask("/api/qr/sync", { body: { scans: part.map((entry) => entry.item) }, apiKey });
        const offset = Date.parse(answer.received_at) - (asked + Date.now()) / 2;
        await TillKeeping.judge(part.map((entry, place) => ({ ...entry, verdict: answer.verdicts[place] })));
        await TillKeeping.keep({ offset });
      }
      await TillKeeping.keep({ syncedAt: Date.now() });
      await TillKeeping.tidy(new Date(), KEPT_SECONDS);
      return judged;
    });
  }

  return { NoLine, register, take, sync, isUnsent, canonical };
})();

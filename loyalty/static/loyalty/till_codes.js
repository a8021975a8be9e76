// Reads and checks a QR token without a line: base45 (RFC 9285), CBOR (RFC 8949), COSE_Sign1 (RFC 9052), CWT (RFC 8392)
// with Ed25519. It touches no page and keeps nothing.
"use strict";
const TillCodes = (() => {
  const PREFIX = "LY1:";
  const LEEWAY_SECONDS = 5;
  const ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";
  const TAG_COSE_SIGN1 = 18, TAG_CWT = 61;
  const ALG = 1, KID = 4, EDDSA = -8;
  const ISSUER = 1, SUBJECT = 2, AUDIENCE = 3, EXPIRES = 4, NOT_BEFORE = 5, ISSUED = 6, TOKEN_ID = 7;
  const PURPOSE = -65537, PROGRAM = -65538;
  const PURPOSES = { 1: "voucher", 2: "member", 3: "stamp" };
  const LIFE_SECONDS_MAX = 120;

  class Refused extends Error {
    constructor(code, text) { super(text); this.code = code; }
  }
  const unreadable = () => new Refused("malformed-token", "This is not one of our codes.");

  function fromBase45(text) {
    const bytes = [];
    for (let at = 0; at < text.length; at += 3) {
      const digits = [...text.slice(at, at + 3)].map((one) => ALPHABET.indexOf(one));
      const value = digits.reduce((sum, digit, place) => sum + digit * 45 ** place, 0);
      const isPair = digits.length === 2;
      if (digits.length === 1 || digits.includes(-1) || value > (isPair ? 0xff : 0xffff)) throw unreadable();
      bytes.push(...(isPair ? [value] : [value >> 8, value & 0xff]));
    }
    return new Uint8Array(bytes);
  }

  // CBOR of definite lengths, without floats: all that a token is made of. Maps become Map, tags {tag, value}.
  function fromCbor(bytes) {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    let at = 0;
    const take = (count) => {
      if (at + count > bytes.length) throw unreadable();
      at += count;
      return at - count;
    };
    const number = (size) => {
      if (size < 24) return size;
      if (size === 24) return view.getUint8(take(1));
      if (size === 25) return view.getUint16(take(2));
      if (size === 26) return view.getUint32(take(4));
      if (size === 27) return Number(view.getBigUint64(take(8)));
      throw unreadable();
    };
    const chunk = (count) => { const from = take(count); return bytes.slice(from, from + count); };
    const many = (count, read) => {
      if (count > bytes.length) throw unreadable();
      return Array.from({ length: count }, read);
    };
    const text = (raw) => new TextDecoder("utf-8", { fatal: true }).decode(raw);
    const value = (depth = 0) => {
      if (depth > 8) throw unreadable();
      const first = bytes[take(1)], kind = first >> 5, size = number(first & 31);
      const inner = () => value(depth + 1);
      switch (kind) {
        case 0: return size;
        case 1: return -1 - size;
        case 2: return chunk(size);
        case 3: return text(chunk(size));
        case 4: return many(size, inner);
        case 5: return new Map(many(size, () => [inner(), inner()]));
        case 6: return { tag: size, value: inner() };
        default: throw unreadable();
      }
    };
    const whole = value();
    if (at !== bytes.length) throw unreadable();
    return whole;
  }

  const header = (kind, length) => length < 24 ? [kind << 5 | length]
    : length < 256 ? [kind << 5 | 24, length] : [kind << 5 | 25, length >> 8, length & 0xff];
  const byteString = (bytes) => [...header(2, bytes.length), ...bytes];

  // What is signed: ["Signature1", protected header, nothing, payload].
  function signedBytes(guarded, payload) {
    const context = new TextEncoder().encode("Signature1");
    return new Uint8Array([
      ...header(4, 4), ...header(3, context.length), ...context,
      ...byteString(guarded), ...byteString([]), ...byteString(payload),
    ]);
  }

  const hex = (bytes) => [...bytes].map((one) => one.toString(16).padStart(2, "0")).join("");
  // The id that a claim spells in base64url, as it stands everywhere else.
  function idOf(text) {
    const bytes = Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (one) => one.charCodeAt(0));
    if (bytes.length !== 16) throw unreadable();
    return hex(bytes).replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
  }

  const same = (bytes, text) => hex(bytes) === hex(new TextEncoder().encode(text));

  async function isSigned(key, signature, bytes) {
    const imported = await crypto.subtle.importKey(
      "jwk", { kty: "OKP", crv: "Ed25519", x: key.x }, "Ed25519", false, ["verify"]);
    return crypto.subtle.verify("Ed25519", imported, signature, bytes);
  }

  function opened(text) {
    try {
      let message = fromCbor(fromBase45(text.slice(PREFIX.length)));
      if (message.tag === TAG_CWT) message = message.value;
      const [guarded, , payload, signature] = message.value;
      const headers = fromCbor(guarded), claims = fromCbor(payload);
      if (message.tag !== TAG_COSE_SIGN1 || message.value.length !== 4 || !(claims instanceof Map)) throw unreadable();
      if (!(signature instanceof Uint8Array) || !(headers.get(KID) instanceof Uint8Array)) throw unreadable();
      return { guarded, payload, signature, headers, claims };
    } catch (error) {
      throw error instanceof Refused ? error : unreadable();
    }
  }

  const clock = (seconds) => new Date(seconds * 1000).toLocaleTimeString("en-GB");

  // The claims of a genuine code for this brand, this purpose and this moment; throws Refused with a code and words.
  async function check(text, { keys, issuer, audience, purpose, now }) {
    if (!text.startsWith(PREFIX)) throw unreadable();
    const { guarded, payload, signature, headers, claims } = opened(text);
    if (headers.get(ALG) !== EDDSA) throw unreadable();
    const key = keys.find((one) => same(headers.get(KID), one.kid));
    if (!key) throw new Refused("unknown-key", "Signed with a key that this till does not know. Go on line for newer keys.");
    if (!await isSigned(key, signature, signedBytes(guarded, payload))) {
      throw new Refused("bad-signature", "Forged, or damaged: the signature does not fit.");
    }
    if (claims.get(AUDIENCE) !== audience || (issuer && claims.get(ISSUER) !== issuer)) {
      throw new Refused("wrong-audience", "A code of another brand.");
    }
    if (PURPOSES[claims.get(PURPOSE)] !== purpose) throw new Refused("wrong-purpose", "Not the code of a voucher.");
    const [expires, begins] = [claims.get(EXPIRES), Math.min(claims.get(NOT_BEFORE), claims.get(ISSUED))];
    // Whatever is no number is too long too.
    if (!(expires - begins <= LIFE_SECONDS_MAX)) throw new Refused("token-life-too-long", "It lives longer than codes may.");
    const seconds = now.getTime() / 1000;
    if (seconds >= expires + LEEWAY_SECONDS) {
      throw new Refused("token-expired", `Over since ${clock(expires)}. Let them show it afresh.`);
    }
    if (seconds < Math.max(claims.get(NOT_BEFORE), claims.get(ISSUED)) - LEEWAY_SECONDS) {
      throw new Refused("token-not-yet-valid", "Not valid yet. See whether this till's clock is right.");
    }
    return {
      tokenId: hex(claims.get(TOKEN_ID)),
      subject: idOf(claims.get(SUBJECT)),
      program: claims.get(PROGRAM) || "",
      issuedAt: claims.get(ISSUED),
      expiresAt: expires,
    };
  }

  return { PREFIX, Refused, check };
})();

/** Why the car closes a control connection. Codes of our own lie between 4000 and 4999 (RFC 6455, 7.4.2). */
export const closeCodes = {
  /** The same page has connected anew: it must not reconnect by itself after this. */
  replaced: 4001,
  /** The device's pairing was revoked: the page asks to be paired again. */
  revoked: 4401,
  /** Come back, you are somebody else now: "service restart" of IANA's registry. */
  comeBack: 1012,
  /** Its place was needed: "try again later" of IANA's registry. */
  placeNeeded: 1013,
} as const;

/** xtext: RFC 3461 §4, for ENVID= and ORCPT=. */

const PLUS = 0x2b;
const EQUALS = 0x3d;

/** What `xtext` means when that is printable US-ASCII, as RFC 3461 §4.2 and §4.4 demand; else null. */
export function decodeXtext(xtext: string): string | null {
  let text = '';
  for (let i = 0; i < xtext.length; i++) {
    let code = xtext.charCodeAt(i);
    if (code === EQUALS || code < 0x21) return null; // xchar has no space and no =
    if (code === PLUS) {
      const hex = xtext.slice(i + 1, i + 3);
      if (!/^[\dA-F]{2}$/.test(hex)) return null;
      code = Number.parseInt(hex, 16);
      i += 2;
    }
    if (code < 0x20 || code > 0x7e) return null;
    text += String.fromCharCode(code);
  }
  return text;
}

/** `text`, printable US-ASCII, as xtext. */
export function encodeXtext(text: string): string {
  return text.replaceAll(/[^\x21-\x2a\x2c-\x3c\x3e-\x7e]/g, (character) => {
    return `+${character.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`;
  });
}

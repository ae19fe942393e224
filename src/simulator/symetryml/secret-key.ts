const base64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** Bytes of a secret key: Base64-decoded, or the text itself where it is none, as the vendor's Go client has it for `admin`. */
export const keyBytes = (secretKey: string): Buffer => Buffer.from(secretKey, base64.test(secretKey) ? 'base64' : 'utf8');

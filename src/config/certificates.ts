import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { Secret, type Tls } from '../domain/index.js';
import type { Fault, Path } from './faults.js';
import type { ReadText } from './files.js';
import { at, type Places, type Tree } from './tree.js';

/** Certificates of one backend or of the store, as far as they can be had. */
export interface CertificateReading {
  readonly tls: Pick<Tls, 'ca' | 'cert' | 'key' | 'passphrase'>;
  readonly faults: readonly Fault[];
}

const block = /-----BEGIN CERTIFICATE-----[\s\S]*?-----END CERTIFICATE-----/g;

const parseCertificates = (pem: string): readonly X509Certificate[] | undefined => {
  try {
    const all = (pem.match(block) ?? []).map((each) => new X509Certificate(each));
    return all.length > 0 ? all : undefined;
  } catch {
    // The parser's words are about ASN.1; the fault says what matters.
    return undefined;
  }
};

const parseKey = (pem: string, passphrase: string | undefined): KeyObject | undefined => {
  try {
    return createPrivateKey({ key: pem, ...(passphrase === undefined ? {} : { passphrase }) });
  } catch {
    return undefined;
  }
};

/** Reads the files under `tls` of a backend or the store and tells what would otherwise only fail with the first connection. */
export const readCertificates = (tree: Tree, path: Path, readText: ReadText, places: Places): CertificateReading => {
  const faults: Fault[] = [];
  const textOf = (name: string): string | undefined => {
    const value = at(tree, [...path, name]);
    return typeof value === 'string' && value !== '' ? value : undefined;
  };
  const say = (name: string, message: string): undefined => {
    const here = [...path, name];
    faults.push({ place: places.of(here), path: here, message });
    return undefined;
  };
  const contentsOf = (name: string): string | undefined => {
    const file = textOf(name);
    if (file === undefined) return undefined;
    const reading = readText(file);
    return 'text' in reading ? reading.text : say(name, `cannot be read from ${file}: ${reading.problem}`);
  };
  const certificatesOf = (name: string): { readonly pem: string; readonly first: X509Certificate | undefined } | undefined => {
    const pem = contentsOf(name);
    if (pem === undefined) return undefined;
    const parsed = parseCertificates(pem);
    return parsed ? { pem, first: parsed[0] } : say(name, 'does not hold certificates in PEM form');
  };

  const passphrase = textOf('passphrase');
  const ca = certificatesOf('caFile');
  const certificate = certificatesOf('certFile');
  const keyText = contentsOf('keyFile');
  const key = keyText === undefined ? undefined : parseKey(keyText, passphrase);

  if (textOf('certFile') !== undefined && textOf('keyFile') === undefined) say('certFile', 'needs keyFile beside it');
  if (textOf('keyFile') !== undefined && textOf('certFile') === undefined) say('keyFile', 'needs certFile beside it');
  if (passphrase !== undefined && textOf('keyFile') === undefined) say('passphrase', 'has no keyFile to open');
  if (keyText !== undefined && key === undefined) say('keyFile', 'does not hold a private key in PEM form that passphrase opens');
  if (key && certificate?.first && !certificate.first.checkPrivateKey(key)) say('keyFile', 'is not the key of the certificate in certFile');

  return {
    faults,
    tls: {
      ...(ca ? { ca: ca.pem } : {}),
      ...(certificate ? { cert: certificate.pem } : {}),
      ...(keyText === undefined ? {} : { key: new Secret(keyText) }),
      ...(passphrase === undefined ? {} : { passphrase: new Secret(passphrase) }),
    },
  };
};

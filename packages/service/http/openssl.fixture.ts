import { execFileSync } from 'node:child_process';
import { hash, X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface TestIdentity {
	readonly key: string;
	readonly cert: string;
	/** SHA-256 of the DER, lower-case hex. */
	readonly fingerprint: string;
}

/** Certificates made by the openssl program for one test run: a CA, and what it issues. */
export class TestCa implements Disposable {
	readonly #folder = mkdtempSync(join(tmpdir(), 'keyward-ca-'));
	readonly #ca: TestIdentity;
	#serial = 1;

	constructor(name: string) {
		this.#ca = this.#make('ca', [
			...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '2'],
			...[
				'-subj',
				`/CN=${name}`,
				'-addext',
				'basicConstraints=critical,CA:TRUE',
				'-addext',
				'keyUsage=critical,keyCertSign',
			],
		]);
	}

	get certificate(): string {
		return this.#ca.cert;
	}

	issue(name: string, usage: 'serverAuth' | 'clientAuth'): TestIdentity {
		this.#serial += 1;
		const extensions = join(this.#folder, 'extensions');
		writeFileSync(extensions, `extendedKeyUsage=${usage}\nsubjectAltName=DNS:localhost,IP:127.0.0.1\n`);
		const file = (end: string): string => join(this.#folder, `${this.#serial}.${end}`);
		this.#run([
			'req',
			'-newkey',
			'ec',
			'-pkeyopt',
			'ec_paramgen_curve:P-256',
			'-nodes',
			'-subj',
			`/CN=${name}`,
			'-keyout',
			file('key'),
			'-out',
			file('csr'),
		]);
		this.#run([
			...[
				'x509',
				'-req',
				'-in',
				file('csr'),
				'-CA',
				join(this.#folder, 'ca.crt'),
				'-CAkey',
				join(this.#folder, 'ca.key'),
			],
			...['-set_serial', String(this.#serial), '-days', '1', '-extfile', extensions, '-out', file('crt')],
		]);
		return this.#read(String(this.#serial));
	}

	[Symbol.dispose](): void {
		rmSync(this.#folder, { recursive: true, force: true });
	}

	#make(stem: string, words: readonly string[]): TestIdentity {
		this.#run([...words, '-keyout', join(this.#folder, `${stem}.key`), '-out', join(this.#folder, `${stem}.crt`)]);
		return this.#read(stem);
	}

	#read(stem: string): TestIdentity {
		const cert = readFileSync(join(this.#folder, `${stem}.crt`), 'utf8');
		return {
			cert,
			key: readFileSync(join(this.#folder, `${stem}.key`), 'utf8'),
			fingerprint: hash('sha256', new X509Certificate(cert).raw, 'hex'),
		};
	}

	#run(words: readonly string[]): void {
		execFileSync('openssl', words, { stdio: ['ignore', 'ignore', 'pipe'] });
	}
}

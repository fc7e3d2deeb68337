import { X509Certificate } from 'node:crypto';
import { connectLocal } from '@keyward/client/connect';
import { Problem } from '@keyward/core';
import { deviceNameOf } from '@keyward/core/device';
import { decodePem, readCertificate } from '@keyward/core/format';
import type { Command } from 'commander';
import { inLine } from '@keyward/core/export';
import { exit, explainFailure, print, printJson, tell } from '../terminal/output.ts';
import { group } from './group.ts';
import { progressLine } from './progress-line.ts';
import { readText } from './read-text.ts';
import { dataFolder, type SiteOptions, siteOptions } from './site.ts';

interface Options extends SiteOptions {
	readonly application: string;
	readonly ca: string;
	readonly class?: string;
	readonly as?: string;
}

type Answer =
	| { readonly file: string; readonly device: string; readonly isNew: boolean }
	| { readonly file: string; readonly code: string; readonly detail: string };

/** What no other certificate would fare better with. */
const fatal: readonly string[] = ['site-unreachable', 'policy-unknown-application', 'ca-retired'];

/** The common name of its subject, as the device is called here. Throws `Problem('request-malformed')`. */
const nameIn = (pem: string, file: string): string => {
	const [der] = decodePem('CERTIFICATE', pem, 'certificate-malformed');
	const common = der && readCertificate(der).subject.findLast(([type]) => type === 'CN')?.[1];
	const name = common === undefined ? null : deviceNameOf(common.toLowerCase());
	if (name !== null) return name;
	throw new Problem(
		'request-malformed',
		`The common name in ${file}, ${JSON.stringify(common ?? '')}, cannot name a device: import it by itself with --as NAME.`,
	);
};

/** `keyward device import`: exit code 0 all are in, 1 some are not, 2 misuse or no site. */
export const register = (program: Command): void => {
	siteOptions(
		group(program, 'device')
			.command('import')
			.description('Register devices under the certificates of another CA that they have')
			.argument('<certificate.pem...>', 'one device each; its name is the common name of its subject')
			.requiredOption('--application <name>', 'the application that they belong to')
			.requiredOption(
				'--ca <file>',
				'the CA that issued them, then each CA above it, up to one that signed itself; the class names it in other-cas',
			)
			.option('--class <name>', "their class in the policy's devices (default: the only one)")
			.option('--as <name>', 'the name of the device, where one certificate is given'),
	).action(async (files: readonly string[], { application, ca, as, json = false, ...options }: Options) => {
		if (as !== undefined && files.length > 1)
			throw new Problem('request-malformed', '--as names one device: give one certificate.');
		const authority = readText(ca);
		const issuer = certificateIn(authority, ca);
		const client = connectLocal(dataFolder(options));
		const line = progressLine();
		const answers: Answer[] = [];
		try {
			for (const file of files) {
				line.show(`${answers.length} of ${files.length} devices`);
				try {
					const certificate = readText(file);
					const device = as ?? nameIn(certificate, file);
					const className = options.class === undefined ? {} : { class: options.class };
					const { isNew } = await client.call('device.adopt', {
						application,
						device,
						...className,
						certificate,
						authority,
					});
					answers.push({ file, device, isNew });
				} catch (error) {
					if (!(error instanceof Problem) || fatal.includes(error.code)) throw error;
					answers.push({ file, code: error.code, detail: error.detail });
				}
			}
			line.clear();
			if (answers.some((answer) => 'code' in answer)) process.exitCode = exit.finding;
			if (json) return printJson(answers);
			report(answers, issuer);
		} catch (error) {
			line.clear();
			process.exitCode = explainFailure(error, json);
		} finally {
			client.close();
		}
	});
};

const certificateIn = (pem: string, file: string): X509Certificate => {
	try {
		return new X509Certificate(pem);
	} catch (cause) {
		throw new Problem('file-unreadable', `${file} has no certificate as PEM: name the file of the CA.`, { cause });
	}
};

const report = (answers: readonly Answer[], authority: X509Certificate): void => {
	const taken = answers.filter((answer) => 'device' in answer);
	for (const answer of answers)
		if ('code' in answer) tell(`${inLine(`${answer.file}: ${answer.detail} [${answer.code}]`)}\n`);
	const before = taken.filter(({ isNew }) => !isNew).length;
	print(
		`${taken.length} of ${answers.length} certificates are in, by ${authority.subject.replaceAll('\n', ', ')}${before === 0 ? '' : `; ${before} were before`}.\n`,
	);
	if (taken.length > 0)
		print(
			'Each device connects with the certificate that it has, and gets one of this site by EST (docs/commissioning.md).\n',
		);
};

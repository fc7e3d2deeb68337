import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { Problem } from '@keyward/core';
import { parseSpan } from '@keyward/core/spelling';
import { installers, isSoftwareVersion } from '@keyward/core/update';
import { writeDurably } from '@keyward/custody';
import {
	currentFiles,
	type FileMap,
	missingSignatures,
	preparePart,
	prepareRelease,
	prepareVendor,
	readRepository,
	type Repository,
	requireShown,
	filesAfter,
} from '@keyward/owner';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { inLine } from '@keyward/core/export';
import { print, printJson, printTable } from '../terminal/output.ts';
import { group } from './group.ts';
import { printMoment } from './moment.ts';
import { OWNER_FOLDER, readKeys, wholeNumber } from './owner-init.ts';
import { besideSigned, openOwner, pinOf } from './owner/owner-folder.ts';
import { copyInto, keepReleaseChange, makeFolder, readReleaseChange } from './owner/release-make.ts';
import { describeReleases } from './owner/release-words.ts';
import { showAndSign } from './owner/sign-change.ts';
import { describeChange } from './owner/change-description.ts';
import { ask, ofApplication, type SiteOptions, siteOptions } from './site.ts';

interface BaseOptions extends SiteOptions {
	readonly application: string;
	readonly class: string;
	readonly base?: string;
	readonly out: string;
	readonly lasts: string;
}

interface InitOptions extends BaseOptions {
	readonly release: string;
	readonly floor?: number;
	readonly installer: (typeof installers)[number];
	readonly bom?: string;
	readonly boot?: string;
	readonly supportUntil?: string;
	readonly chunk: number;
	readonly chunks: boolean;
	readonly keep: number;
}

interface VendorOptions extends BaseOptions {
	readonly with: readonly string[];
	readonly parts: readonly string[];
	readonly threshold: number;
}

interface PartOptions extends BaseOptions {
	readonly vendor: string;
	readonly part: string;
	readonly release: string;
}

const count = (text: string): number => {
	if (/^\d{1,15}$/.test(text)) return Number(text);
	throw new InvalidArgumentError('give a whole number from 0');
};

const pieceSize = (text: string): number => {
	const size = /^\d{1,9}$/.test(text) ? Number(text) : 0;
	if (size >= 4096) return size;
	throw new InvalidArgumentError('give a number of bytes from 4096');
};

const version = (text: string): string => {
	if (isSoftwareVersion(text)) return text;
	throw new InvalidArgumentError('a version is 1 to 64 of letters, digits and . + ~ _ -');
};

/** What is in force: from the site, or from the file that `release list --save` wrote. */
const baseOf = async (options: BaseOptions): Promise<Repository> => {
	const files =
		options.base === undefined ? (await ask(options, 'owner.files', {})).files : await readBase(options.base);
	if (files['1.root.json'] === undefined)
		throw new Problem('request-malformed', 'This site has no owner: make one with keyward owner init.');
	return readRepository(files, pinOf(files));
};

const isFileMap = (value: unknown): value is FileMap =>
	typeof value === 'object' && value !== null && Object.values(value).every((text) => typeof text === 'string');

const readBase = async (file: string): Promise<FileMap> => {
	try {
		const files: unknown = JSON.parse(await readFile(file, 'utf8'));
		if (!isFileMap(files)) throw new Error('not a map of files');
		return files;
	} catch (cause) {
		throw new Problem('file-unreadable', `${file} cannot be read: keyward release list --save FILE writes it.`, {
			cause,
		});
	}
};

const madeBy = (command: Command): Command =>
	siteOptions(command)
		.requiredOption('--application <name>', 'the application')
		.requiredOption('--class <name>', 'the device class of its policy')
		.requiredOption('--out <folder>', 'a new folder: what is carried from signer to signer, and published')
		.option('--base <file>', 'what is in force, as release list --save wrote it (default: asks the site)')
		.option('--lasts <span>', 'how long the signature is good', '180d');

const keepAndShow = async (options: BaseOptions, repository: Repository, files: FileMap): Promise<void> => {
	const change = { base: currentFiles(repository), files };
	await keepReleaseChange(options.out, change);
	const words = [...describeChange(change), ...(await describeReleases(options.out, change))];
	if (options.json === true) return printJson({ folder: options.out, words, missing: missingSignatures(change) });
	print(
		`${words.join('\n')}\nPrepared in ${options.out}: the owner signs it with keyward release sign ${options.out}\n`,
	);
};

const registerInit = (release: Command): void => {
	madeBy(
		release
			.command('init')
			.description('Make a release of an image in a folder, to be signed')
			.argument('<image>', 'the file that devices install')
			.requiredOption('--release <version>', 'its version', version)
			.option('--floor <n>', 'its security floor (default: that of the release before)', count)
			.addOption(
				new Option('--installer <name>', 'how devices install it').choices([...installers]).default('directory'),
			)
			.option('--bom <file>', 'its bill of materials (CycloneDX JSON)')
			.option('--boot <file>', 'its boot reference values, as keyward device boot-reference writes them')
			.option('--support-until <day>', 'the last day of its support')
			.option('--chunk <bytes>', 'size of the pieces that devices fetch', pieceSize, 65_536)
			.option('--no-chunks', 'devices fetch it whole')
			.option('--keep <n>', 'how many releases of the class stay in force', wholeNumber, 8),
	).action(async (image: string, options: InitOptions) => {
		const { application, class: className, out } = options;
		const repository = await baseOf(options);
		await makeFolder(out);
		const [whole, bom, boot] = [
			await copyInto(out, image, options.chunks ? options.chunk : null),
			options.bom === undefined ? null : await copyInto(out, options.bom, null),
			options.boot === undefined ? null : await copyInto(out, options.boot, null),
		];
		const before = (repository.releases.get(application)?.releases ?? []).filter(
			(one) => one.release.class === className,
		);
		const made = {
			...{ application, class: className, release: options.release, installer: options.installer },
			securityFloor: options.floor ?? Math.max(0, ...before.map((one) => one.release.securityFloor)),
			...{ bom: bom?.sha256 ?? null, boot: boot?.sha256 ?? null },
			...{ supportUntil: options.supportUntil ?? null, chunks: whole.chunks },
		};
		const terms = { expires: Date.now() + parseSpan(options.lasts), keep: options.keep };
		await keepAndShow(
			options,
			repository,
			prepareRelease(repository, { release: made, image: whole, bom, boot }, terms),
		);
	});
};

const registerVendor = (release: Command): void => {
	madeBy(
		release
			.command('vendor')
			.description('Let a vendor sign parts of a device class by its own keys, to be signed by the owner')
			.argument('<vendor>', 'its name')
			.requiredOption('--parts <name...>', 'the parts that it signs')
			.requiredOption('--with <file...>', 'its public keys, as keyward owner key prints them')
			.option('--threshold <n>', 'how many of them must sign', wholeNumber, 1),
	).action(async (name: string, options: VendorOptions) => {
		const repository = await baseOf(options);
		await makeFolder(options.out);
		const { application, class: className, parts, threshold } = options;
		const vendor = { name, class: className, parts, threshold, keys: readKeys(options.with) };
		await keepAndShow(
			options,
			repository,
			prepareVendor(repository, application, vendor, Date.now() + parseSpan(options.lasts)),
		);
	});
	madeBy(
		release
			.command('part')
			.description("Make a vendor's part of a release in a folder, to be signed by the vendor")
			.argument('<file>', 'the part')
			.requiredOption('--vendor <name>', 'the vendor, as the owner named it')
			.requiredOption('--part <name>', 'the name of the part')
			.requiredOption('--release <version>', 'the release that it is of', version),
	).action(async (file: string, options: PartOptions) => {
		const repository = await baseOf(options);
		await makeFolder(options.out);
		const { application, vendor, class: className, release: of, part } = options;
		const content = await copyInto(options.out, file, null);
		const named = { application, vendor, class: className, release: of, part };
		await keepAndShow(
			options,
			repository,
			preparePart(repository, named, content, Date.now() + parseSpan(options.lasts)),
		);
	});
};

const registerSign = (release: Command): void => {
	release
		.command('sign')
		.description('Show in words what a release is, and sign it with the key of this machine; no site is asked')
		.argument('<folder>', 'the folder that release init made, which then has the signature')
		.option('--folder <folder>', "home of this signer's key", OWNER_FOLDER)
		.option('--show', 'show what it is and who is still to sign it, and sign nothing')
		.option('--yes', 'sign without asking')
		.option('--json', 'print JSON')
		.action(async (place: string, options: { folder: string; show?: boolean; yes?: boolean; json?: boolean }) => {
			const change = await readReleaseChange(place);
			requireShown(filesAfter(change));
			const owner = options.show === true ? null : await openOwner(options.folder);
			const words = await describeReleases(place, owner === null ? change : await besideSigned(owner, change));
			const signed = owner === null ? null : await showAndSign(owner, change, options.yes ?? false, words);
			if (signed !== null) await keepReleaseChange(place, signed);
			const missing = missingSignatures(signed ?? change);
			if (options.json === true) return printJson({ words, signed: signed !== null, missing });
			if (options.show === true) print(`${[...describeChange(change), ...words].map(inLine).join('\n')}\n`);
			else if (signed === null) print('Nothing was signed.\n');
			for (const { file, have, need } of missing) print(`${file} has ${have} of ${need} signatures.\n`);
			if (missing.length === 0) print('Every signature is there: keyward release publish puts it in force.\n');
		});
};

/** `keyward release init`, `vendor`, `part`, `sign`, `publish` and `list`. */
export const register = (program: Command): void => {
	const release = group(program, 'release');
	registerInit(release);
	registerVendor(release);
	registerSign(release);
	siteOptions(
		release
			.command('publish')
			.description('Put a signed release in force: every file is verified before it is served')
			.argument('<folder>', "the folder, on the site's machine"),
	).action(async (folder: string, options: SiteOptions) => {
		const list = await ask(options, 'release.publish', { folder: resolve(folder) });
		if (options.json === true) return printJson(list);
		print(`In force. ${list.length} release${list.length === 1 ? '' : 's'}: keyward release list shows them.\n`);
	});
	siteOptions(
		release
			.command('list')
			.description('List the releases in force, or save what a machine without a site needs to make the next')
			.option('--application <name>', 'of this application only')
			.option('--save <file>', 'write the repository as it is in force'),
	).action(async (options: SiteOptions & { application?: string; save?: string }) => {
		if (options.save !== undefined) {
			const { files } = await ask(options, 'owner.files', {});
			await writeDurably(options.save, `${JSON.stringify(files)}\n`, 'replace', 0o644);
		}
		const list = await ask(options, 'release.list', ofApplication(options));
		if (options.json === true) return printJson(list);
		printTable(
			['application', 'class', 'release', 'floor', 'bytes', 'bill', 'boot', 'installer', 'signers', 'until', 'SHA-256'],
			list.map((one) => [
				...[one.application, one.class, one.release, String(one.securityFloor), String(one.length)],
				...[one.bom === null ? 'none' : 'yes', one.boot === null ? 'none' : 'yes', one.installer],
				...[String(one.signers), printMoment(one.expires), one.sha256.slice(0, 16)],
			]),
		);
		for (const { parts } of list)
			for (const { path, length, vendor } of parts) print(`${inLine(`${path}: ${length} bytes, by ${vendor}`)}\n`);
	});
};

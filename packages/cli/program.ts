import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { register as alertsTest } from './verbs/alerts-test.ts';
import { register as caActivate } from './verbs/ca-activate.ts';
import { register as caList } from './verbs/ca-list.ts';
import { register as caRetire } from './verbs/ca-retire.ts';
import { register as caRoll } from './verbs/ca-roll.ts';
import { register as backup } from './verbs/backup.ts';
import { register as commandList } from './verbs/command-list.ts';
import { register as commandSend } from './verbs/command-send.ts';
import { register as deviceCommission } from './verbs/device-commission.ts';
import { register as deviceExpect } from './verbs/device-expect.ts';
import { register as deviceList } from './verbs/device-list.ts';
import { register as devicePart } from './verbs/device-part.ts';
import { register as deviceRekey } from './verbs/device-rekey.ts';
import { register as deviceRetire } from './verbs/device-retire.ts';
import { register as deviceRun } from './verbs/device-run.ts';
import { register as deviceShow } from './verbs/device-show.ts';
import { register as deviceSources } from './verbs/device-sources.ts';
import { register as doctor } from './verbs/doctor.ts';
import { register as deviceStanding } from './verbs/device-standing.ts';
import { register as grant } from './verbs/grant.ts';
import { register as grants } from './verbs/grants.ts';
import { register as init } from './verbs/init.ts';
import { register as keycheck } from './verbs/keycheck.ts';
import { register as ledgerVerify } from './verbs/ledger-verify.ts';
import { register as manifestImport } from './verbs/manifest-import.ts';
import { register as manifestList } from './verbs/manifest-list.ts';
import { register as policyApply } from './verbs/policy-apply.ts';
import { register as policyCheck } from './verbs/policy-check.ts';
import { register as policyExplain } from './verbs/policy-explain.ts';
import { register as posture } from './verbs/posture.ts';
import { register as read } from './verbs/read.ts';
import { register as readerCommission } from './verbs/reader-commission.ts';
import { register as readerExpect } from './verbs/reader-expect.ts';
import { register as readerList } from './verbs/reader-list.ts';
import { register as restore } from './verbs/restore.ts';
import { register as revokeGrant } from './verbs/revoke-grant.ts';
import { register as revokePrincipal } from './verbs/revoke-principal.ts';
import { register as serve } from './verbs/serve.ts';
import { register as status } from './verbs/status.ts';
import { register as trayCommission } from './verbs/tray-commission.ts';
import { register as trayExpect } from './verbs/tray-expect.ts';

/** Verbs by what a person is about to do, in that order. */
const chapters: readonly (readonly [string, readonly ((program: Command) => void)[]])[] = [
	['State what is demanded, and see what is held:', [policyCheck, policyExplain, policyApply, posture]],
	[
		'Run a site:',
		[init, serve, status, doctor, alertsTest, ledgerVerify, backup, restore, caList, caRoll, caActivate, caRetire],
	],
	[
		'Bring devices and readers in:',
		[
			manifestImport,
			manifestList,
			devicePart,
			deviceExpect,
			deviceCommission,
			deviceSources,
			deviceRun,
			deviceRekey,
			deviceRetire,
			deviceList,
			deviceShow,
			deviceStanding,
			trayExpect,
			trayCommission,
		],
	],
	['Let readers read:', [readerExpect, readerCommission, readerList, grant, grants, read]],
	['Tell devices what to do:', [commandSend, commandList]],
	['Take it back:', [revokeGrant, revokePrincipal]],
	["Look for shared and weak keys, in anybody's files:", [keycheck]],
];

const { version } = JSON.parse(readFileSync(new URL('./package.json', import.meta.url), 'utf8')) as { version: string };

/** The command line with all its verbs. `json` says that refusals are for machines. Throws `CommanderError` instead of ending the process. */
export const makeProgram = (json: boolean): Command => {
	/** Commander's own refusals, in the words and the shape of ours. */
	const explainMisuse = (text: string, write: (text: string) => void): void => {
		const detail = text.replace(/^error: /, '').trim();
		write(json ? `${JSON.stringify({ code: 'request-malformed', detail })}\n` : `keyward: ${detail}\n`);
	};
	const program = new Command('keyward')
		.description('One policy. Every link held to it. The weakest one named.')
		.version(version, '-V, --version', 'print the version')
		.helpOption('-h, --help', 'print help')
		.helpCommand('help [verb]', 'print help for a verb')
		.addHelpText(
			'after',
			'\nEvery verb takes --json. Exit code: 0 held, 1 a finding, 2 misuse or failure.\n' +
				'Verbs that ask a running site find it by --data, else KEYWARD_DATA, else .keyward in the current folder.',
		)
		.configureOutput({ outputError: explainMisuse })
		.exitOverride();
	for (const [heading, verbs] of chapters) {
		program.commandsGroup(heading);
		for (const register of verbs) register(program);
	}
	return program;
};

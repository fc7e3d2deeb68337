export {
	addSignature,
	type CommandContent,
	isSignedBy,
	readCommand,
	type ReceivedCommand,
	signCommand,
} from './command.ts';
export { type CommandRoster, judgeCommand } from './judge-command.ts';
export { readRefusal, type RefusalReceipt, signRefusal } from './refusal-receipt.ts';
export { type Receipt, readReceipt, signReceipt } from './receipt.ts';

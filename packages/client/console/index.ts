export { createPageTokens } from './page-token.ts';
export { createReaderCalls, LONGEST } from './reader-calls.ts';
export { type PageFile, type PageFiles, serveReaderConsole } from './reader-console.ts';

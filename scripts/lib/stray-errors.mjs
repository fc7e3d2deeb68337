import hooks from 'node:async_hooks';

// Loaded before node:test where a process holds the tests of a group. To say in which test a stray error began, node:test follows every
// promise by a hook: a sixth of what a scan costs. Without it a stray error still fails the group; what is said of it is its stack.

const { createHook } = hooks;
hooks.createHook = (callbacks) => {
	const hook = createHook(callbacks);
	if (new Error('whose hook').stack?.includes('node:internal/test_runner/') === true) hook.enable = () => hook;
	return hook;
};

/** @param {unknown} error */
const say = (error) => console.error('a stray error fails this group:', error);
process.on('uncaughtExceptionMonitor', say);
process.on('unhandledRejection', say);

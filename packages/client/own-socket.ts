import { lstat, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { Problem } from '@keyward/core';

const OTHERS_MAY_WRITE = 0o022;

/**
 * CR 1.2: anyone who can make a socket where the operator looks for the site would be told what the operator says, and answer in
 * the site's stead. Passes when the folder and the socket belong to one user, this one or root (any one for root), and nobody
 * else can write the folder; also when there is no socket, which connecting tells. Throws `Problem('service-not-trusted')`.
 */
export const requireOwnSocket = async (socketPath: string): Promise<void> => {
	const [folder, socket] = await Promise.all([
		stat(dirname(socketPath)).catch(() => null),
		lstat(socketPath).catch(() => null),
	]);
	if (!folder || !socket) return;
	const refuse = (why: string): never => {
		throw new Problem('service-not-trusted', `${socketPath} is not believed to be the site: ${why}`);
	};
	if (!socket.isSocket()) refuse('it is no socket. Remove it and start the site.');
	const self = process.geteuid?.() ?? folder.uid;
	const trusted = (uid: number): boolean => uid === self || uid === 0 || (self === 0 && uid === folder.uid);
	if (!trusted(folder.uid))
		refuse(`its folder belongs to the user ${folder.uid}. Name your site's folder with --data.`);
	if ((folder.mode & OTHERS_MAY_WRITE) !== 0) {
		refuse(
			'other users of this machine can write its folder. Stop the site, chmod go-w the folder, and look whose its files are.',
		);
	}
	if (!trusted(socket.uid)) refuse(`it belongs to the user ${socket.uid}.`);
};

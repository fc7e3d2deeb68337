import { diskRoom } from '@keyward/service/disk';

/** What a disk that is nearly full means for the site in the folder; null where it has room, or cannot be looked at. */
export const diskWarning = async (data: string): Promise<string | null> => {
	const room = await diskRoom(data).catch(() => null);
	if (room === null || !room.short) return null;
	const inodes = room.freeInodes === null ? '' : `, ${room.freeInodes} inodes`;
	return (
		`the disk of ${data} is nearly full (${Math.floor(room.free / 1024 ** 2)} MiB${inodes} free): below 64 MiB readings, enrolment, ` +
		'policies and imports are refused (disk-short), while revoking goes on. Free some, or move the data folder to a larger disk.'
	);
};

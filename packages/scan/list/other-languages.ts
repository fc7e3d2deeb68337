/** Names of a device's own name in German, French, Spanish, Italian, Portuguese, Dutch, Nordic and Slavic languages, Greek, Arabic, Persian, Hebrew, Thai, Hindi, Vietnamese, Chinese, Japanese, Korean. */
export const otherDeviceNames: readonly string[] = [
	...['Geräte-ID', 'Geraete-ID', 'Gerätenummer', 'Seriennummer', 'Serien-Nr', 'Gerät', 'Geraet', 'Gerätename'],
	...['Kennung', 'Zählernummer', 'Anlage', 'Fühler', 'Knoten', 'Zähler'],
	...['identifiant', 'numéro de série', 'n° de série', 'appareil', 'nom', 'id appareil', 'capteur', 'équipement'],
	...['identificador', 'número de serie', 'dispositivo', 'id dispositivo', 'nombre', 'equipo', 'sensor id'],
	...['matricola', 'numero di serie', 'nome', 'apparecchio', 'sensore', 'id del dispositivo', 'número de série'],
	...['serienummer', 'apparaat', 'apparaat-ID', 'naam', 'toestel', 'enhet', 'enhed', 'laite', 'serienummer'],
	...['urządzenie', 'numer seryjny', 'nazwa', 'zařízení', 'výrobní číslo', 'uređaj', 'naprava', 'eszköz'],
	...[
		'устройство',
		'серийный номер',
		'прибор',
		'имя',
		'设备',
		'设备编号',
		'序列号',
		'设备名称',
		'裝置',
		'機器',
		'デバイス',
		'장치',
		'датчик',
		'传感器',
		'感測器',
		'設備',
		'機器名',
		'機器番号',
		'デバイス名',
		'センサー',
		'センサー名',
		'장치명',
		'센서',
	],
	...['名称', '名前', '名稱', '이름'],
	...['пристрій', 'серійний номер', 'назва', 'апарат', 'сензор', 'сериен номер', 'уред', 'ім’я'],
	...['συσκευή', 'συσκευές', 'αισθητήρας', 'σειριακός αριθμός', 'όνομα', 'μετρητής'],
	...['الجهاز', 'جهاز', 'المستشعر', 'مستشعر', 'الرقم التسلسلي', 'رقم الجهاز', 'اسم الجهاز', 'دستگاه', 'شماره سریال'],
	...['התקן', 'מכשיר', 'חיישן', 'מספר סידורי', 'שם', 'อุปกรณ์', 'เซ็นเซอร์', 'หมายเลขเครื่อง', 'उपकरण', 'यंत्र'],
	...['thiết bị', 'cảm biến', 'số sê-ri', 'perangkat', 'nomor seri', 'cihaz', 'cihaz adı', 'seri no', 'seri numarası'],
	...[
		'čidlo',
		'snímač',
		'senzor',
		'sériové číslo',
		'sorozatszám',
		'érzékelő',
		'dispozitiv',
		'număr de serie',
		'prietaisas',
	],
];

/** Words for a key, without accents: German, French, Spanish, Italian, Portuguese, Dutch, Nordic, Slavic, Baltic, Finnish, Hungarian, Turkish, Greek, Arabic, Persian, Hebrew, Thai, Vietnamese, Indonesian, Hindi. */
const WORDS =
	/(?:^|[^\p{L}])(?:cles?|claves?|llaves?|chiavi?|chiave|chaves?|avain|kulcs|kljuc|klic|kluc|klucz|raktas|atslega|cheie|anahtari?|anahtarı|segreto|secreto|segredo|geheimnis|geheim|secretes?|hemlighet|ключ|секрет|таємниця|κλειδι|κλειδια|μυστικο|(?:ال)?مفتاح|کلید|ה?מפתח|סוד|กญแจ|khoa|kunci|कजी|कज|कञज)(?![\p{L}])/u;
/** They end longer words: `Geräteschlüssel`. */
const ENDS = /(?:schlussel|schluessel|sleutel|nyckel|nøkkel|nokkel|nøgle|noegle|avain)(?![\p{L}])/u;
const SIGNS = /密[钥鑰]|[秘私]钥|鍵|キー|키$/u;
/** Keys of tables, and what only has the word in it. */
const ASIDE = /prim[aä]r|primaire|primaria|etrang|foran|extern|publi|öffentlich|offentlich|nummer|numero|wort/u;

/** True for a title that is a word for a key in one of these languages; what stands below it must be one, too. */
export const isOtherKeyName = (title: string): boolean => {
	// The letters of most titles need no table of Unicode.
	const lower = title.toLowerCase();
	const plain = /^[ -~]*$/.test(lower) ? lower : lower.normalize('NFD').replaceAll(/\p{M}/gu, '');
	return (WORDS.test(plain) || ENDS.test(plain) || SIGNS.test(title)) && !ASIDE.test(plain);
};

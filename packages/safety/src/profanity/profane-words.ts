import { profaneWords } from "@2toad/profanity";

/** Languages whose words are known, as ISO 639-1 codes. */
export type ProfanityLanguage = "de" | "en" | "es" | "fr" | "it" | "nl" | "pl" | "pt" | "ru";

/**
 * Words of the library's lists that are ordinary ones, of medicine, cooking or names: a list that flags them is switched off.
 */
const ordinary = {
  en: `anal anus arse ass asses balls beastial bestial bloody breasts bum butt butts chink cipa cock cocks coon cox crap cum
    damn dick dink dinks dirsa doggin dogging doosh duche dyke ejaculate ejaculated ejaculates ejaculating ejaculation fag fags
    fanny feck flange fook goddamn goddamned hardcoresex hoar hoare hoer hoes homo hore horny jap jiz kock kum kums labia lust
    lusting masochist muff nazi nob orgasm orgasms pawn pecker penis poop pricks prick pron pube pussy pussys rectum sadist
    scrotum semen sex shag skank smut snatch spac teets teez testical testicle tit tits titt tosser vagina viagra vulva wang
    willies willy porn porno pornography snatch screwing horniest cnut`,
  it: `anale arrapato balle battere bagnarsi belino biga boiata bordello brinca cadavere cagna casci cornuto cozza fava
    guardone imbecille ingoio lofare loffa loffare monta montare mussa nave palle patacca pecorina pesce picio pippa pipì pirla
    pisello pistolotto pomiciare pompa porca porco potta quaglia regina rizzarsi ruffiano sbattere sbattersi sega socmel
    spagnola sveltina tarzanello terrone tette tirare topa troia vacca vangare zinne zio cantante nerchia mona scopare
    sverginare femminuccia culo checca finocchio fregna`,
};

/** The library's other lists are machine translations of the English one, full of harmless words; these are not. */
const own: Readonly<Partial<Record<ProfanityLanguage, string>>> = {
  de: `arschloch arschlöcher arschgeige arschficker ficken ficker fick fickt gefickt fotze fotzen hurensohn hurensöhne
    missgeburt scheiße scheisse scheiß scheiss beschissen verpiss wichser wichsen schlampe schlampen nutte nutten miststück
    drecksau drecksack kackbratze schwuchtel spasti kanake`,
  es: `mierda puta putas puto putos hijoputa hijodeputa gilipollas cabrón cabrones cabron joder jodido jodida coño
    pendejo pendejos pendeja chingar chingada chingado chingas verga maricón maricones zorra culero malparido gonorrea
    carajo follar`,
  fr: `putain pute putes salope salopes salaud salauds merde merdes connard connards connasse enculé enculés enculer
    encule niquer nique niqué branleur branleurs couille couilles pédé pédés bougnoule fdp ntm`,
  nl: `klootzak klootzakken kutwijf hoer hoerenzoon godverdomme neuken geneukt kankerlijer teringlijer
    mongool flikker`,
  pl: `kurwa kurwy kurwą kurwo chuj chuja chujowy huj jebać jebany jebana pierdolić pierdolony pierdol spierdalaj
    wypierdalaj skurwysyn skurwiel dupek cipa pizda pojebany zajebisty`,
  pt: `merda puta putas caralho caralhos foder fodase fodido porra cabrão cuzão buceta boceta viado arrombado otário
    babaca punheta filhodaputa`,
  ru: `блять блядь бляди сука суки хуй хуя хуйня хуёво пизда пиздец пиздеж ебать ебаный ебал ебло заебал уебок уёбок
    мудак мудаки долбоеб долбоёб пидор пидорас гандон залупа нахуй похуй`,
};

/** The languages there are words of. */
export const profanityLanguages: readonly ProfanityLanguage[] = ["de", "en", "es", "fr", "it", "nl", "pl", "pt", "ru"];

/** The words of a language in lower case: single ones, since of a phrase one word is enough. */
export function wordsOf(language: ProfanityLanguage): readonly string[] {
  if (language !== "en" && language !== "it") return (own[language] ?? "").split(/\s+/);
  const harmless = new Set(ordinary[language].split(/\s+/));
  return (profaneWords.get(language) ?? []).filter((word) => /^\p{L}{3,}$/u.test(word) && !harmless.has(word));
}

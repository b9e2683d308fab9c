import type { InjectionRule } from "./injection-rule.ts";

/** Stems that one of the Latin rules begins with; most texts have none of them, and are spared the rules. */
export const latinStems =
  /ignor|oubli|neglig|verg[ei]|missacht|verwirf|olvid|descart|omit|esquec|desconsid|diment|trascur|negeer|\bsla\b|zapomn|pomin|abaik|lupak|oncek|passe|passwor|contras|senha/i;

/**
 * Dismissed instructions and requests for a password (which a model has only from its instructions) in other languages of Latin
 * letters, as their skeletons are written: without accents.
 */
export const latinRules: readonly InjectionRule[] = [
  dismissal(
    "fr",
    /\b(?:ignor|oubli|neglig)(?:e|ez|er|es)\b[^\n.]{0,30}?\b(?:instructions|consignes|directives|regles|fonction)\b(?:[^\n.]{0,20}?\b(?:precedentes|anterieures|ci-dessus|initiales)|[^\n.]{0,10}?\bet (?:indiquez|dites|affichez|repondez))/gi,
  ),
  dismissal(
    "de",
    /\b(?:ignorier|vergiss|vergess|missacht|verwirf)[a-z]{0,5}\b[^\n.]{0,30}?\b(?:vorherigen?|bisherigen?|obigen?|fruheren?|vorigen?|alle)\s[^\n.]{0,20}?(?:anweisung|instruktion|befehl|regel|vorgabe|aufforderung)/gi,
  ),
  dismissal(
    "es",
    /\b(?:ignor|olvid|descart|omit)(?:a|e|ar|en|es|as)\b[^\n.]{0,30}?\b(?:instrucciones|ordenes|reglas|indicaciones|directrices)\b[^\n.]{0,20}?\b(?:anteriores|previas|arriba|iniciales|precedentes)/gi,
  ),
  dismissal(
    "pt",
    /\b(?:ignor|esquec|desconsider)(?:e|a|am|em|er|ar)\b[^\n.]{0,30}?\b(?:instrucoes|ordens|regras|orientacoes|diretrizes|comandos)\b[^\n.]{0,20}?\b(?:anteriores|previas|acima|iniciais)/gi,
  ),
  dismissal(
    "it",
    /\b(?:ignor|dimentic|trascur)(?:a|ate|are|i|hi)\b[^\n.]{0,30}?\b(?:istruzioni|ordini|regole|indicazioni|direttive)\b[^\n.]{0,20}?\b(?:precedenti|sopra|iniziali|ricevute)/gi,
  ),
  dismissal(
    "nl",
    /\b(?:negeer|vergeet|sla)\b[^\n.]{0,30}?\b(?:vorige|eerdere|bovenstaande|voorgaande)\s[^\n.]{0,10}?(?:instructies|opdrachten|regels|aanwijzingen)/gi,
  ),
  dismissal(
    "pl",
    /\b(?:zignoruj|ignoruj|zapomnij|pomin)\b[^\n.]{0,30}?\b(?:poprzednie|wczesniejsze|powyzsze|wszystkie)\s[^\n.]{0,10}?(?:instrukcje|polecenia|zasady|wytyczne)/gi,
  ),
  dismissal(
    "id",
    /\b(?:abaikan|lupakan)\b[^\n.]{0,30}?\b(?:instruksi|perintah|aturan)\b[^\n.]{0,20}?\b(?:sebelumnya|di atas)/gi,
  ),
  dismissal(
    "tr",
    /\bonceki\b[^\n.]{0,20}?\b(?:talimat|komut|yonerge)[a-z]{0,8}\b[^\n.]{0,20}?\b(?:yok say|gormezden gel|unut)/gi,
  ),

  {
    rule: "ask-secret",
    category: "injection.extraction",
    weight: 0.6,
    pattern:
      /\b(?:quel est|donne[zr]?(?:-moi)?) (?:le|ton|votre) mot de passe\b|\b(?:was ist|wie lautet|geben? (?:sie )?mir) (?:das|dein|ihr) passwort\b|\bmir (?:ihr|dein|das) passwort\b|\b(?:cual es|dame|dime) (?:la|tu|su) contrasena\b|\bqual (?:e|o|a) (?:a |sua )?(?:senha|password)\b/gi,
  },
];

/** Forms in other scripts, which have no skeleton: they are matched against the normalised text. */
export const scriptRules: readonly InjectionRule[] = [
  dismissal(
    "ru",
    /(?:игнорируй|проигнорируй|забудь|отбрось)[а-я]{0,3}[^\n.]{0,30}?(?:предыдущ|прежн|все|выше)[^\n.]{0,20}?(?:инструкц|указани|команд|правил)/gi,
  ),
  dismissal(
    "el",
    /(?:αγνο[ήη]σ|ξ[έε]χασ|ξεχ[άα]σ)[^\n.]{0,40}?(?:προηγο[ύυ]μεν|παραπ[άα]νω)[^\n.]{0,20}?(?:οδηγ[ίι]|εντολ)/gi,
  ),
  dismissal("zh", /(?:忽略|无视|無視|忘记|忘記|忘掉)[^\n。]{0,12}?(?:指令|指示|说明|說明|提示|规则|規則|命令)/g),
  dismissal(
    "ja",
    /(?:以前|これまで|前|上記|上|先ほど)の[^\n。]{0,10}?(?:指示|命令|指図|ルール|プロンプト)[^\n。]{0,8}?(?:無視|忘れ)/g,
  ),
  dismissal("ko", /(?:이전|앞|위|기존)[^\n.]{0,8}?(?:지시|명령|지침|프롬프트)[^\n.]{0,10}?(?:무시|잊)/g),
  dismissal("hi", /(?:पिछल|पहल|उपरोक्त)[^\n।]{0,20}?(?:निर्देश|आदेश)[^\n।]{0,20}?(?:अनदेखा|भूल|नज़रअंदाज़)/g),
  dismissal("ar", /(?:تجاهل|انس|تجاوز)[^\n.]{0,20}?(?:التعليمات|الأوامر|القواعد)[^\n.]{0,12}?(?:السابقة|أعلاه)/g),
  {
    rule: "ask-secret",
    category: "injection.extraction",
    weight: 0.6,
    pattern:
      /(?:비밀번호|암호)[^\n]{0,30}?(?:알려|제공|말해)|(?:パスワード|暗証番号)[^\n]{0,30}?(?:教えて|提供|ください)|密码(?:是什么|告诉我)|(?:какой|скажи|назови)[^\n]{0,12}?пароль/g,
  },
];

function dismissal(language: string, pattern: RegExp): InjectionRule {
  return { rule: `dismiss-instructions-${language}`, category: "injection.override", weight: 0.9, pattern };
}

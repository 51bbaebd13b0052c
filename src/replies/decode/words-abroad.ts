/** The commonest reasons in other languages than English, by their stems. */
import type { WordRule } from './words.ts';

// prettier-ignore
export const WORDS_OF_OTHER_LANGUAGES: readonly WordRule[] = [
  { reason: 'mailbox-full', strength: 'strong', words: [
    // Japanese, Chinese, Korean
    '(?:メール ?ボックス|メールBOX|受信箱|受信トレイ|容量|保存領域)[^\\n]{0,30}?(?:満杯|一杯|いっぱい|満了|オーバー|超え|超過|不足|空きが|上限)', '容量オーバー',
    '(?:邮箱|信箱|郵箱|空间|空間|容量)[^\\n]{0,20}?(?:已满|满|滿|不足|超出|超过|超過)', '(?:메일함|편지함|사서함|용량)[^\\n]{0,20}?(?:초과|부족|가득)',
    // German, Dutch, Scandinavian
    '(?:postfach|mailbox|posteingang|speicher\\w*|konto|kontingent|quota)~(?:\\bvoll\\b|überfüllt|ueberfuellt|überschritten|ueberschritten|erschöpft)', '(?:postbus|mailbox|postvak)~\\bvol\\b', '(?:postkasse|postlåda|brevlåda|innboks)~(?:\\bfull)',
    // French, Spanish, Portuguese, Italian
    'bo[iî]te~(?:pleine|satur|plein)', '(?:quota|espace|capacit[ée])~(?:d[ée]pass|attein|insuffisant|satur)', '(?:buz[oó]n|casilla|cuenta)~(?:llen[oa]|excedi|super|satur)', '(?:cuota|espacio)~(?:exced|super|insuficiente|agotad)',
    'caixa~(?:cheia|lotad|exced|esgot)', '(?:cota|quota|espaço)~(?:exced|ultrapass|esgotad|insuficiente)', 'casella~(?:piena|satur|super)', '(?:spazio|quota)~(?:esaurit|superat|insufficiente)',
    // Slavic
    '(?:почтов\\w*|ящик\\w*)[^\\n]{0,40}?(?:переполн|заполн|полон|превыш)', '(?:квот|лимит|размер)\\w*[^\\n]{0,30}?(?:превыш|исчерпан)', 'превыш\\w*[^\\n]{0,30}?(?:квот|лимит|размер)', 'skrzynk\\w*~(?:pełn|przepełn|przekrocz)', 'schránk\\w*~(?:pln|překroč)',
  ] },
  { reason: 'message-too-big', strength: 'strong', words: [
    '(?:メール|メッセージ|添付|本文)(?:の)?(?:サイズ|容量|データ)?[^\\n]{0,20}?(?:大きすぎ|サイズ超過|サイズオーバー|サイズが[^\\n]{0,12}?(?:超|上限))', '邮件[^\\n]{0,10}?(?:过大|太大)', 'nachricht~zu gro(?:ß|ss)', 'message~trop (?:gros|volumineux)', 'mensaje~demasiado grande', 'messaggio~troppo grande', 'mensagem~muito grande', '(?:сообщени|письм)\\w*[^\\n]{0,20}?слишком (?:больш|велик)',
  ] },
  { reason: 'suspended', strength: 'strong', words: [
    '(?:アカウント|メールアドレス|ユーザー?|契約|利用者)[^\\n]{0,30}?(?:停止|無効|休止|解約|凍結)', '(?:账号|帐号|帳號|邮箱|用户)[^\\n]{0,12}?(?:停用|禁用|冻结|锁定|未激活)', '(?:konto|postfach|benutzer)~(?:deaktiviert|gesperrt|inaktiv)', '(?:compte|bo[iî]te)~(?:d[ée]sactiv|suspendu|inacti|bloqu)', 'cuenta~(?:suspend|desactiv|inactiv|bloque|deshabilit)', 'conta~(?:suspens|desativ|inativ|bloque)', '(?:casella|account|utenza)~(?:sospes|disattiv|disabilit|bloccat)', '(?:ящик|аккаунт|пользовател|почтов)\\w*[^\\n]{0,30}?(?:заблокирован|отключ|неактив|приостан)',
  ] },
  { reason: 'user-unknown', strength: 'strong', words: [
    '(?:ユーザー?|宛先|あて先|宛て先|受信者|メールアドレス|アドレス|アカウント|メールボックス|利用者|お客様|ディレクトリ)[^\\n]{0,30}?(?:存在し(?:ま|な)|見つかりません|見つからな|不明|登録されて(?:い|お)|ありません|ございません|該当|間違|誤り|有効ではありません|無い|正しくありません|使われて)', '存在しない(?:宛先|アドレス|ユーザ)', 'あて先不明|宛先不明|不明なユーザ',
    '(?:用户|用戶|收件人|帐号|账号|帳號|邮箱|地址|信箱)[^\\n]{0,20}?(?:不存在|不正确|无效|没有找到|找不到|未知)', '(?:不存在|无此|查无|没有)[^\\n]{0,6}?(?:用户|此人|收件人|邮箱)', '(?:사용자|수신자|계정|주소)[^\\n]{0,20}?(?:없|존재하지|찾을 수)',
    '(?:benutzer|empfänger|empfaenger|adresse|postfach|konto|mailadresse)\\w*~(?:unbekannt|nicht (?:gefunden|bekannt|vorhanden|existent|mehr|gültig)|existiert nicht|ungültig|ungueltig)', '(?:unbekannt|kein)\\w* (?:benutzer|empfänger|empfaenger|adresse|postfach)', '(?:gebruiker|adres|ontvanger)~(?:onbekend|bestaat niet)',
    '(?:utilisateur|destinataire|adresse|compte|bo[iî]te)~(?:inconnu|inexistant|n.existe|introuvable|invalide|non valide)', '(?:usuario|destinatario|direcci[oó]n|cuenta|buz[oó]n)~(?:desconocid|no existe|no encontrad|inv[aá]lid|inexistente|no se ha encontrado|no es v[aá]lid)', 'no existe~(?:usuario|cuenta|buz[oó]n|direcci)',
    '(?:usu[aá]rio|destinat[aá]rio|endereço|conta|caixa)~(?:desconhecid|não existe|nao existe|inexistente|inv[aá]lid|não encontrad|nao encontrad)', '(?:utente|destinatario|indirizzo|casella|account)~(?:sconosciut|non esiste|inesistente|non valid|non trovat|non attiv)',
    '(?:пользовател|адрес|получател|ящик|аккаунт|учетн|учётн)\\w*[^\\n]{0,40}?(?:не (?:найден|существу|зарегистр|обнаруж)|неизвест|отсутству)', '(?:нет такого|несуществующ|неизвестн)\\w*[^\\n]{0,20}?(?:пользовател|адрес|получател|ящик)', '(?:użytkownik|adres|konto|skrzynka|odbiorca)~(?:nie istnieje|nieznany|nie znaleziono|nieprawidł)', '(?:uživatel|adresa|schránka)~(?:neexistuje|neznám)', '(?:användaren|mottagaren|brukeren|modtageren)~(?:finns inte|okänd|ukjent|findes ikke|ukendt)',
  ] },
  { reason: 'filtered', strength: 'strong', words: [
    '(?:受信拒否|受信を拒否|迷惑メールフィルタ|フィルタ(?:ー|リング)?[^\\n]{0,12}?(?:拒否|ブロック)|ドメイン指定|指定受信|受信者[^\\n]{0,20}?拒否)',
  ] },
  { reason: 'spam', strength: 'strong', words: ['迷惑メール|スパム', '垃圾邮件|垃圾郵件', 'спам', 'correo (?:no deseado|basura)', 'courrier ind[ée]sirable', 'unerwünscht'] },
  { reason: 'virus', strength: 'strong', words: ['ウイルス|ウィルス', '病毒', 'вирус'] },
  { reason: 'host-unknown', strength: 'strong', words: [
    '(?:ドメイン|ホスト|メールサーバー?)[^\\n]{0,24}?(?:存在し|見つかりません|見つからな|不明|解決でき)', '(?:域名|主机)[^\\n]{0,12}?(?:不存在|找不到|无法解析)', '(?:domäne|domain)~(?:nicht gefunden|existiert nicht|unbekannt)', '(?:domaine|h[oô]te)~(?:inconnu|introuvable|n.existe)', 'dominio~(?:no existe|non esiste|desconocid|sconosciut)', 'домен\\w*[^\\n]{0,20}?(?:не (?:найден|существу))',
  ] },
  { reason: 'expired', strength: 'strong', words: ['(?:配送|再送|配信)[^\\n]{0,24}?(?:期限|時間切れ|あきらめ|断念|中止)', '一定(?:の)?(?:時間|期間)[^\\n]{0,20}?(?:配送|配信|送信)[^\\n]{0,10}?(?:でき|失敗)'] },
  { reason: 'network', strength: 'strong', words: ['(?:接続|通信)[^\\n]{0,20}?(?:拒否|タイムアウト|失敗|でき(?:ま|な)|切断)', 'verbindung~(?:fehlgeschlagen|abgelehnt|verweigert|zeit)', 'соединени\\w*[^\\n]{0,20}?(?:не удалось|отказ|истекло)', '连接[^\\n]{0,10}?(?:超时|失败|拒绝)'] },
];

/** What the demo's menu says in Russian, by the English; AMOUNT stands for a number. */
export const RUSSIAN_MOODS = {
  "Poe's mood": "Настроение Poe",
  "All well": "Всё исправно",
  "all well": "всё исправно",
  "{count} on": "включено: {count}",
  "Find a mood": "Найти настроение",
  "No mood matches.": "Такого настроения нет.",
  "Common moods": "Частые настроения",
  "More moods": "Другие настроения",
  "Do once": "Один раз",
  "Look at": "Посмотреть",
  "Everything works as usual.": "Всё работает как обычно.",
  "A mood is for everyone who uses this demo.": "Настроение действует для всех, кто пользуется этой демонстрацией.",
  "Done: {what}": "Готово: {what}",
  Amount: "Число",
  "Amount: {what}": "Число: {what}",

  Slow: "Медленно",
  "Answers begin AMOUNT s late.": "Ответы начинаются с опозданием на AMOUNT с.",
  Stalls: "Замирает",
  "Answers stop after AMOUNT characters and never go on.": "Ответы останавливаются через AMOUNT знаков и не продолжаются.",
  "Connection drops": "Обрыв связи",
  "After AMOUNT characters the connection to Poe breaks, and a new one is made.":
    "Через AMOUNT знаков связь с Poe рвётся и устанавливается заново.",
  "Login lost": "Вход потерян",
  "Log in again": "Войти снова",
  "Poe asks for a login, and its API for a valid key. Nobody is answered until somebody logs in again.":
    "Poe просит войти, а его API — действующий ключ. Никто не получит ответа, пока кто-нибудь не войдёт снова.",
  "Points used up": "Баллы кончились",
  "Give points back": "Вернуть баллы",
  "Poe refuses every question for AMOUNT s.": "Poe отклоняет все вопросы в течение AMOUNT с.",

  "Drop every connection": "Оборвать все соединения",
  "Take Poe offline for 5 s": "Отключить Poe на 5 с",
  "Restart Quoth: old buttons still work": "Перезапустить Quoth: старые кнопки продолжат работать",
  "Ask by Poe's API instead of its page": "Спрашивать через API Poe, а не через страницу",
  "Ask by Poe's page instead of its API": "Спрашивать через страницу Poe, а не через API",
  "What Poe received": "Что получил Poe",
  "What its API received": "Что получил его API",
  "What Poe sent": "Что отправил Poe",

  "Poe's page": "Страница Poe",
  "The page looks as in 2026: ids, data-complete, aria-labels (the default).":
    "Страница как в 2026 году: id, data-complete, aria-label (по умолчанию).",
  "The page looks as in 2023: other classes, no ids, no aria-labels.":
    "Страница как в 2023 году: другие классы, без id и aria-label.",
  "The hashes in class names change with every page load.": "Хэши в именах классов меняются при каждой загрузке.",
  "The page's script takes over AMOUNT s after the page has loaded.":
    "Скрипт страницы начинает работать через AMOUNT с после загрузки.",
  "The text area accepts a synthetic input event without being emptied first.":
    "Поле ввода принимает искусственное событие input без предварительной очистки.",
  "Send becomes enabled AMOUNT s after the text has changed.": "Кнопка отправки включается через AMOUNT с после ввода.",
  "The page's labels are Chinese.": "Подписи страницы на китайском.",
  "A dialog with an ad for a subscription covers the composer.": "Поле ввода закрывает окно с рекламой подписки.",

  "The answer": "Ответ",
  "The answer has at least 15 000 characters: chapters, lists and code.":
    "В ответе не меньше 15 000 знаков: главы, списки и код.",
  "The answer has right-to-left, combining and invisible characters.":
    "В ответе есть письмо справа налево, комбинируемые и невидимые символы.",
  "The answer begins with reasoning.": "Ответ начинается с рассуждений.",
  "The answer is empty.": "Ответ пуст.",
  "The answer is an image, after progress lines every AMOUNT s.": "Ответ — картинка, а до неё строки о ходе работы каждые AMOUNT с.",
  "The answer is a sound, after a progress line for AMOUNT s.": "Ответ — звук, а до него AMOUNT с видна строка о ходе работы.",
  "The answer ends with a picture that comes apart from the text.": "В конце ответа картинка, которая приходит отдельно от текста.",
  "No replies are suggested below the answer.": "Под ответом не предлагаются реплики.",
  "The page suggests replies AMOUNT s after the end.": "Страница предлагает реплики через AMOUNT с после конца ответа.",
  "The answer replaces progress lines, which come every AMOUNT s.":
    "Ответ заменяет строки о ходе работы, которые приходят каждые AMOUNT с.",
  '"..." and "Thinking..." come first as text, for AMOUNT s each.':
    "Сначала как текст приходят «...» и «Thinking...», каждое на AMOUNT с.",
  "A helper's message comes first, and AMOUNT s later the model's.":
    "Сначала приходит сообщение помощника, а через AMOUNT с — сообщение модели.",
  "The answer stops for ever after AMOUNT characters.": "Ответ навсегда останавливается через AMOUNT знаков.",
  "The answer fails after AMOUNT characters (state error_…).": "Ответ обрывается ошибкой через AMOUNT знаков (состояние error_…).",
  "The answer fails at once (error_user_message_too_long).": "Ответ сразу обрывается ошибкой (error_user_message_too_long).",
  "The answer fails at once (error_insufficient_fund).": "Ответ сразу обрывается ошибкой (error_insufficient_fund).",
  "The site cancels the answer after AMOUNT characters.": "Сайт отменяет ответ через AMOUNT знаков.",

  "The connection": "Соединение",
  "The wire has messageTextUpdated and messageStateUpdated instead of messageAdded.":
    "Вместо messageAdded приходят messageTextUpdated и messageStateUpdated.",
  "The page has no WebSocket, and polls the same URL over HTTP.": "У страницы нет WebSocket: она опрашивает тот же адрес по HTTP.",
  "The page gets no frames at all, and reads the chat's history again and again.":
    "Страница не получает кадров и снова и снова читает историю чата.",
  "No message on the wire has an author.": "Ни у одного сообщения нет автора.",
  "The socket is on a host of its own, tch123456.tch.…, as at Poe.": "Сокет на отдельном хосте, tch123456.tch.…, как у Poe.",
  "The wire carries only this answer: no noise, nothing twice or late, no other chats.":
    "Приходит только этот ответ: без шума, повторов, опозданий и чужих чатов.",
  "Every message comes with all of the wire's disorder: twice, late, other chats, noise.":
    "Каждое сообщение приходит со всем беспорядком: дважды, с опозданием, с чужими чатами и шумом.",

  "In the middle of an answer": "Посреди ответа",
  "The page loses its socket after AMOUNT characters and reconnects.":
    "Страница теряет сокет через AMOUNT знаков и подключается снова.",
  "The page loses its socket for good after AMOUNT characters.": "Страница навсегда теряет сокет через AMOUNT знаков.",
  "The socket stays open, but is silent after AMOUNT characters.": "Сокет открыт, но молчит после AMOUNT знаков.",
  "A missed_messages frame comes after AMOUNT characters.": "Через AMOUNT знаков приходит кадр missed_messages.",
  "The page has no socket while its tab is in the background.": "Пока вкладка в фоне, у страницы нет сокета.",
  "A refetchChannel message comes after AMOUNT characters.": "Через AMOUNT знаков приходит сообщение refetchChannel.",
  "The answer begins AMOUNT s late.": "Ответ начинается с опозданием на AMOUNT с.",
  "The page's script hangs for AMOUNT s in the middle of the answer.": "Скрипт страницы зависает на AMOUNT с посреди ответа.",
  "The page's script hangs for ever after AMOUNT characters.": "Скрипт страницы зависает навсегда через AMOUNT знаков.",
  "The server is down for AMOUNT s in the middle of the answer.": "Сервер не работает AMOUNT с посреди ответа.",

  "Pressing Send": "Отправка",
  "There are no points left (reached_limit); a dialog says that they reset at midnight UTC.":
    "Баллов не осталось (reached_limit); в окне сказано, что они обновятся в полночь UTC.",
  "There are no points left; a dialog says that they reset at a time AMOUNT h ahead.":
    "Баллов не осталось; в окне названо время обновления, через AMOUNT ч.",
  "There are no points left; a dialog says that they reset in AMOUNT h.": "Баллов не осталось; в окне сказано, что они обновятся через AMOUNT ч.",
  "Send stays disabled; a tooltip says that there are no free messages left.":
    "Кнопка отправки выключена; подсказка говорит, что бесплатных сообщений не осталось.",
  "After Send a dialog asks to confirm the price; until then nothing is sent.":
    "После нажатия окно просит подтвердить цену; до этого ничего не отправляется.",
  "The page's price is out of date (…_price_mismatch); pressing Send again works.":
    "Цена на странице устарела (…_price_mismatch); повторное нажатие срабатывает.",
  "The prompt is refused as too long (too_many_tokens).": "Запрос отклоняется как слишком длинный (too_many_tokens).",
  "The prompt is refused because the bot is private or gone (no_access).":
    "Запрос отклоняется: бот закрыт или удалён (no_access).",
  "The prompt is refused as too soon (rate_limit_exceeded).": "Запрос отклоняется как слишком частый (rate_limit_exceeded).",
  "The prompt is refused while another one is answered (concurrent_messages).":
    "Запрос отклоняется, пока идёт ответ на другой (concurrent_messages).",
  "The prompt is refused because of its file's type (unsupported_file_type).":
    "Запрос отклоняется из-за типа файла (unsupported_file_type).",
  "The prompt is refused because of its file's size (file_too_large).": "Запрос отклоняется из-за размера файла (file_too_large).",
  'The prompt gets a GraphQL "Server Error" with HTTP 200.': "На запрос приходит GraphQL «Server Error» с кодом HTTP 200.",
  "After two prompts at once, or within AMOUNT s, no prompt is answered any more.":
    "После двух запросов сразу или за AMOUNT с ответов больше нет.",

  "Opening the page": "Открытие страницы",
  "The page redirects to /login until the visitor has signed in.": "Страница перенаправляет на /login, пока посетитель не войдёт.",
  "The first visit redirects to /login by mistake; the next one works.":
    "Первый визит по ошибке перенаправляется на /login; следующий удаётся.",
  "The page is the one for visitors who are not logged in, without a composer.": "Страница для не вошедших, без поля ввода.",
  "The page is a challenge (403, cf-mitigated) that never ends.": "Вместо страницы проверка (403, cf-mitigated), которая не кончается.",
  "The page is a challenge that ends by itself after AMOUNT s.": "Вместо страницы проверка, которая сама кончается через AMOUNT с.",
  "The bot is gone: its page is a 404.": "Бот удалён: его страница — 404.",
  "The page is HTTP error AMOUNT.": "Вместо страницы ошибка HTTP AMOUNT.",
  "The page doesn't load for AMOUNT s.": "Страница не загружается AMOUNT с.",

  "The official API": "Официальный API",
  "The API refuses with the HTTP status AMOUNT.": "API отказывает с кодом HTTP AMOUNT.",
  "The API refuses with 429 and asks to come back in AMOUNT s.": "API отказывает с кодом 429 и просит вернуться через AMOUNT с.",
  "The API refuses the prompt for what it says.": "API отклоняет запрос из-за содержания.",
  "The API's errors have the form that was recorded, not the documented one.":
    "Ошибки API имеют записанную, а не описанную в документации форму.",
  "The API sends an HTML page instead of an event stream.": "API присылает страницу HTML вместо потока событий.",
  "The API redirects to another host.": "API перенаправляет на другой хост.",
  "After AMOUNT characters an error forbids another try.": "Через AMOUNT знаков приходит ошибка, после которой нельзя повторять.",
  'The stream ends without "done" after AMOUNT characters.': "Поток кончается без «done» через AMOUNT знаков.",
  'The stream has the whole answer, but no "done".': "В потоке весь ответ, но нет «done».",
  'The event "done" has no data.': "В событии «done» нет данных.",
  "The API closes the connection (FIN) after AMOUNT characters.": "API закрывает соединение (FIN) через AMOUNT знаков.",
  "The API resets the connection (RST) after AMOUNT characters.": "API обрывает соединение (RST) через AMOUNT знаков.",
  "The API sends nothing but pings after AMOUNT characters.": "После AMOUNT знаков API шлёт одни ping.",
  "The API sends nothing but comments for AMOUNT s.": "API шлёт одни комментарии в течение AMOUNT с.",
  "Events come in pieces of 7 bytes, with comments and all kinds of line ends.":
    "События приходят кусками по 7 байт, с комментариями и всеми видами концов строк.",
  "The API sends an event that its client doesn't know.": "API присылает событие, которого клиент не знает.",
  "An event's JSON breaks off after AMOUNT characters.": "JSON события обрывается через AMOUNT знаков.",
  "A text event has no text after AMOUNT characters.": "Через AMOUNT знаков приходит событие text без текста.",
  "A second answer comes in between after AMOUNT characters.": "Через AMOUNT знаков вклинивается второй ответ.",
  "The answer's last event has AMOUNT MB.": "Последнее событие ответа весит AMOUNT МБ.",
  "The answer is replaced with nothing at its end.": "В конце ответ заменяется пустым.",
  'Text and another answer come after "done".': "После «done» приходят текст и ещё один ответ.",
  "The account has AMOUNT points.": "На счёте AMOUNT баллов.",
  "The API's list of models answers 503.": "Список моделей API отвечает 503.",

  Files: "Файлы",
  "The API's answer ends with a picture that has no name.": "В конце ответа API картинка без имени.",
  "The address of a file in an answer gives the HTTP status AMOUNT.": "Адрес файла из ответа отвечает кодом HTTP AMOUNT.",
  "The file takes AMOUNT s.": "Файл загружается AMOUNT с.",
  "The file has AMOUNT MB.": "Файл весит AMOUNT МБ.",
  "The file comes with the wrong content type.": "У файла неверный тип содержимого.",
  "The address of the file redirects to another host.": "Адрес файла перенаправляет на другой хост.",
  "Uploads are refused with the HTTP status AMOUNT.": "Отправка файлов отклоняется с кодом HTTP AMOUNT.",
  "Uploads take AMOUNT s.": "Отправка файла длится AMOUNT с.",
  "The page drops each file once it is uploaded, with a word.": "Страница убирает каждый отправленный файл, с пояснением.",
  "The page uploads each file at once, and the prompt names it by a token.":
    "Страница сразу отправляет каждый файл, а запрос ссылается на него по токену.",
  "The page sends files along with the prompt as GraphQL multipart.":
    "Страница отправляет файлы вместе с запросом в формате GraphQL multipart.",
  "The page has no place for files.": "На странице некуда приложить файл.",
};

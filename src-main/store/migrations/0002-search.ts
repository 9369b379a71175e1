/** Full text of messages by runs of three letters, so that any part of a word is found, in any script. */
export const search = `
CREATE VIRTUAL TABLE messages_text USING fts5(
  text, content='messages', content_rowid='seq', tokenize='trigram remove_diacritics 1'
);
INSERT INTO messages_text (messages_text) VALUES ('rebuild');
CREATE TRIGGER messages_text_add AFTER INSERT ON messages BEGIN
  INSERT INTO messages_text (rowid, text) VALUES (new.seq, new.text);
END;
CREATE TRIGGER messages_text_remove AFTER DELETE ON messages BEGIN
  INSERT INTO messages_text (messages_text, rowid, text) VALUES ('delete', old.seq, old.text);
END;
`

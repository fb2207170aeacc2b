-- +goose Up
-- A yes that she gives while she cannot decide takes back nothing that she refused before:
-- no decision in her best interests stands in against that refusal (C7). The function that
-- judges what was said is changed where it asks, whichever version of it stands.
-- +goose StatementBegin
DO $$
DECLARE
  v_text text := pg_get_functiondef('sala_word_said(accesses,text,text,bigint)'::regprocedure);
  v_was text := 'refused AS (SELECT l.voice FROM last l WHERE NOT l.permit UNION SELECT n.voice FROM named n WHERE NOT n.permit)';
BEGIN
  IF position(v_was IN v_text) = 0 THEN
    RAISE EXCEPTION 'the function sala_word_said does not ask as this migration knows it';
  END IF;
  EXECUTE replace(v_text, v_was, 'able AS (SELECT l.* FROM leaf l WHERE l.voice = ''PERSON'' AND NOT v_child AND (NOT l.permit OR NOT EXISTS (SELECT 1 FROM incapacities i
      WHERE i.case_id = a.case_id AND i.valid_from <= l.given_on AND l.given_on < i.valid_until))),
    refused AS (SELECT l.voice FROM last l WHERE NOT l.permit UNION SELECT n.voice FROM named n WHERE NOT n.permit
      UNION SELECT b.voice FROM able b WHERE NOT b.permit AND (b.given_on = (SELECT max(c.given_on) FROM able c)
        OR (NOT b.by_class AND b.given_on = (SELECT max(c.given_on) FROM able c WHERE NOT c.by_class))))');
END $$;
-- +goose StatementEnd

-- The words of all names, which triggers keep where nobody loads history.
INSERT INTO searchable_names (row_id, kind, words)
SELECT id, 'person', words_of(first_name || ' ' || last_name) FROM users
UNION ALL SELECT id, 'product', words_of(name) FROM products
UNION ALL SELECT id, 'company', words_of(company_name) FROM user_profiles
UNION ALL SELECT id, 'category', words_of(name) FROM categories
UNION ALL SELECT id, 'shipping_method', words_of(name) FROM shipping_methods
UNION ALL SELECT id, 'plan', words_of(name) FROM subscription_plans;

INSERT INTO name_words (id, word, grams)
SELECT demo.id(demo.as_of(), 56, row_number() OVER (ORDER BY word)), word, grams_of(word)
FROM (SELECT DISTINCT unnest(words) COLLATE "C" AS word FROM searchable_names) AS all_words
WHERE length(word) > 2 AND word !~ '[0-9]';

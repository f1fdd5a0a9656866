select
    texts.customer_id,
    texts.date,
    texts.source,
    texts.source_id,
    texts.text,
    scores.sentiment,
    scores.topics,
    scores.topic_sentiments
from {{ ref("feedback_texts") }} as texts
left join {{ source("scores", "scored_feedback") }} as scores
    on texts.source = scores.source and texts.source_id = scores.source_id

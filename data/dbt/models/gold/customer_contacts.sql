select
    customer_id,
    contact_name,
    email,
    phone,
    consent_contact
from {{ ref("customers") }}
where contact_name is not null or email is not null or phone is not null

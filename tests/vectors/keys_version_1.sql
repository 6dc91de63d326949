-- A key file of version 1, as Gatehouse 0.1 made it. If a test with it fails, do not change this file.
begin immediate;
create table if not exists gates (
    identity blob primary key, lane text not null unique, static_key blob not null,
    count integer not null, chain_key blob not null, revoked integer not null default 0
) strict;
create table if not exists secrets (name text primary key, key blob not null) strict;
pragma user_version = 1;
insert into gates values (x'474154452d41312e', 'lane 1', x'1111111111111111111111111111111111111111111111111111111111111111', 7, x'2222222222222222222222222222222222222222222222222222222222222222', 0);
insert into gates values (x'474154452d42322e', 'lane 2', x'3333333333333333333333333333333333333333333333333333333333333333', 0, x'4444444444444444444444444444444444444444444444444444444444444444', 1);
insert into secrets values ('register', x'5555555555555555555555555555555555555555555555555555555555555555');
insert into secrets values ('ledger 20261123', x'6666666666666666666666666666666666666666666666666666666666666666');
commit;

mkdir secret
echo '비밀 토큰' > secret/token.txt
cat secret/token.txt

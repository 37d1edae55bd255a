docker run --name test-data -it alpine:latest sh
yes 아무 뜻도 없는 긴 줄을 되풀이해서 큰 파일을 만들어 본다 | head -c 9437184 > /tmp/important.txt
echo "애플리케이션 로그" > /var/log/app.log
exit
docker start -i test-data
head -3 /tmp/important.txt
cat /var/log/app.log
exit
docker rm test-data
docker run --name test-data-new -it alpine:latest sh
ls /tmp
ls /var/log
exit
